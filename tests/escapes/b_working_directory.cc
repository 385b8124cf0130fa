// chdir and fchdir are harmless calls, so they are not held; afterwards a bare name lies anywhere.

#include <sys/stat.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  if (chdir((world.home() + "/.ssh").c_str()) == 0) LootBy(world, "chdir", Slurp("id_ed25519"));
  if (chdir(world.work().c_str()) < 0) return 1;
  if (fchdir(Pin(world.home() + "/.ssh")) == 0) LootBy(world, "fchdir", Slurp("./id_ed25519"));
  return 0;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, {"chdir", "fchdir"}); }

int Twin(const World& world) {
  if (mkdir("sub", 0755) < 0 || fchdir(Pin(world.work() + "/sub")) < 0) return 1;
  return Spill("mine", "text") && Slurp("../sub/mine") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "b_working_directory",
              .row = "B: relative, .., dirfd, fchdir",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
