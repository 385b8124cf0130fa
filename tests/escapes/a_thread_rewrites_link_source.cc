// The old name of link(2) flips: the second name in the workspace is then one of the secret.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  char name[] = "s/letters";
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] {
    unlink("second");
    syscall(SYS_linkat, AT_FDCWD, name, AT_FDCWD, "second", 0);
    return OpenAndTakeSecret(world, "second");
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "a_thread_rewrites_link_source",
              .row = "A: target name of rename/link",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
