// A signal to a thread by its number alone.

#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  return syscall(SYS_tkill, VictimPid(), SIGKILL) < 0;
}

int Twin(const World&) { return syscall(SYS_tkill, gettid(), 0) == 0 ? 0 : 1; }

USHER_ESCAPE({.name = "g_tkill", .row = "G: kill, tgkill, sigqueue, pidfd, group", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &VictimDied, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
