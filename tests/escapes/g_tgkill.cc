// A signal to a thread of a group: two numbers, and the group is the one that counts.

#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  return syscall(SYS_tgkill, VictimPid(), VictimPid(), SIGKILL) < 0;
}

USHER_ESCAPE({.name = "g_tgkill", .row = "G: kill, tgkill, sigqueue, pidfd, group", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &VictimDied});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
