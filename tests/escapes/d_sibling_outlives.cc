// The process that lives on is no child of the command but its sibling (CLONE_PARENT), so nobody inherits it.

#include <sched.h>

#include "tests/escapes/outliving.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, 0) == 0) {
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    LiveOn(world);
  }
  WaitForMarks(world);
  return 0;
}

USHER_ESCAPE({.name = "d_sibling_outlives",
              .row = "D: vfork/CLONE_UNTRACED/CLONE_PARENT/double fork/setsid",
              .attack = &Attack,
              .escaped = &StillThere});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
