// The same race for unlink(2): a file of the workspace is judged, a file of the person's goes.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoors(world, world.home());
  char name[] = "s/note.txt";
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] {
    close(open("twin/note.txt", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    syscall(SYS_unlinkat, AT_FDCWD, name, 0);
    return access(world.note().c_str(), F_OK) < 0;
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "a_thread_rewrites_unlink_path",
              .row = "A: thread rewrites path",
              .attack = &Attack,
              .escaped = &ChangedNote,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
