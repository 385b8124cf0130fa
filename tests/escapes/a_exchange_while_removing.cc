// The parent of a file is swapped for a link to the home while the file is being removed.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoors(world, world.home());
  const Meanwhile turning([](unsigned) { return renameat2(AT_FDCWD, "twin", AT_FDCWD, "s", RENAME_EXCHANGE); });
  return KeepTrying([&] {
    close(open("twin/note.txt", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    unlink("twin/note.txt");
    return access(world.note().c_str(), F_OK) < 0;
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "a_exchange_while_removing",
              .row = "A: symlink or parent swapped",
              .attack = &Attack,
              .escaped = &ChangedNote,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
