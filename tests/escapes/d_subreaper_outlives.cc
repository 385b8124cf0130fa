// A process that adopts orphans itself (PR_SET_CHILD_SUBREAPER) keeps a family of its own, one of them stopped.

#include <sys/prctl.h>

#include "tests/escapes/outliving.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  if (fork() == 0) {
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    const pid_t stopped = fork();
    if (stopped == 0) raise(SIGSTOP), LiveOn(world);
    if (fork() == 0) {
      if (fork() == 0) LiveOn(world);
      _exit(0);
    }
    usleep(200'000);
    kill(stopped, SIGCONT);
    LiveOn(world);
  }
  WaitForMarks(world);
  return 0;
}

USHER_ESCAPE({.name = "d_subreaper_outlives",
              .row = "D: vfork/CLONE_UNTRACED/CLONE_PARENT/double fork/setsid",
              .attack = &Attack,
              .escaped = &StillThere});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
