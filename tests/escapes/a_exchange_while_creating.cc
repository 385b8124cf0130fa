// The parent of a new file is swapped for a link to the git hooks while the file is being made.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Write(outside.world().work() + "/.git/hooks/update.sample", "#!/bin/sh\n"); }

int Attack(const World& world) {
  MakeDoors(world, world.work() + "/.git/hooks");
  const Meanwhile turning([](unsigned) { return renameat2(AT_FDCWD, "twin", AT_FDCWD, "s", RENAME_EXCHANGE); });
  return KeepTrying([&] {
    close(open("twin/pre-commit", O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
    return access(world.hook().c_str(), F_OK) == 0;
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "a_exchange_while_creating",
              .row = "A: symlink or parent swapped",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &PlantedHook,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
