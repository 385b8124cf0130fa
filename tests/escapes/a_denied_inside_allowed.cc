// A hidden folder inside the workspace, all else of which may be read: no rule of the kernel's could take it out again,
// so every single open has to be judged. Raced from a neighbour whose name differs in one byte.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Write(outside.world().work() + "/customers/list", World::secret_text());
  outside.Write(outside.world().work() + "/customerz/list", "nobody\n");
}

int Attack(const World& world) {
  char name[] = "customers/list";
  volatile char* byte = &name[8];
  const Meanwhile turning([&](unsigned i) { *byte = i % 2 == 0 ? 'z' : 's'; });
  return KeepTrying([&] { return OpenAndTakeSecret(world, name); }) ? 0 : 1;
}

int Twin(const World&) { return Slurp("customerz/list") == "nobody\n" ? 0 : 1; }

USHER_ESCAPE({.name = "a_denied_inside_allowed",
              .row = "A: deny inside an allowed tree",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin,
              .policy = "version = 1\n[files]\nhide = [\"./customers\"]\n"});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
