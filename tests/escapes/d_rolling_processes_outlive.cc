// Many processes that each live only until they have forked the next: whoever kills by a list always comes too late for
// some.

#include "tests/escapes/outliving.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  for (int i = 0; i < 12; ++i) {
    if (fork() == 0) {
      setsid();
      CloseOutput();
      const int loot = open(world.loot().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
      KeepTrying(
          [&] {
            if (fork() > 0) _exit(0);
            return write(loot, ".", 1) != 1 || Stopped(world);
          },
          std::chrono::milliseconds(2000 * Patience()));
      _exit(0);
    }
  }
  WaitForMarks(world);
  return 0;
}

USHER_ESCAPE({.name = "d_rolling_processes_outlive",
              .row = "D: vfork/CLONE_UNTRACED/CLONE_PARENT/double fork/setsid",
              .attack = &Attack,
              .escaped = &StillThere});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
