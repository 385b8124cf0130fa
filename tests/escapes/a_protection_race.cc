// The page with the name loses and regains its protection (mprotect) all the time: for the supervisor it is unreadable,
// a moment later for the kernel it is not. Whoever goes on when he could not read lets it pass.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  char* page = SharedPage();
  std::strcpy(page, world.secret().c_str());
  const Meanwhile turning([&](unsigned i) { return mprotect(page, 4096, i % 2 == 0 ? PROT_NONE : PROT_READ); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, page); }) ? 0 : 1;
}

int Twin(const World&) {
  char* page = SharedPage();
  std::strcpy(page, "own");
  return mprotect(page, 4096, PROT_READ) == 0 && Spill(page, "text") ? 0 : 1;
}

USHER_ESCAPE({.name = "a_protection_race",
              .row = "A: memory the supervisor cannot read",
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
