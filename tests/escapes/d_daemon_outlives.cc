// A daemon of the old school: fork, setsid, fork again, all descriptors closed.

#include "tests/escapes/outliving.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  if (fork() == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    LiveOn(world);
  }
  WaitForMarks(world);
  return 0;
}

USHER_ESCAPE({.name = "d_daemon_outlives",
              .row = "D: vfork/CLONE_UNTRACED/CLONE_PARENT/double fork/setsid",
              .attack = &Attack,
              .escaped = &StillThere,
              .twin = [](const World&) {
                const pid_t child = fork();  // a new session is as good as any while the run lasts
                if (child == 0) _exit(setsid() > 0 ? 0 : 1);
                int status = 1;
                return waitpid(child, &status, 0) == child ? status : 1;
              }});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
