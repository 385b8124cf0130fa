// The same race for truncate(2), which needs no descriptor.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoors(world, world.home());
  Spill("twin/note.txt", "text");
  char name[] = "s/note.txt";
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  struct stat note;
  return KeepTrying([&] {
    syscall(SYS_truncate, name, 0);
    return stat(world.note().c_str(), &note) == 0 && note.st_size == 0;
  })
             ? 0
             : 1;
}

int Twin(const World&) { return Spill("own", "text") && truncate("own", 2) == 0 && Slurp("own") == "te" ? 0 : 1; }

USHER_ESCAPE({.name = "a_thread_rewrites_truncate_path",
              .row = "A: thread rewrites path",
              .attack = &Attack,
              .escaped = &ChangedNote,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
