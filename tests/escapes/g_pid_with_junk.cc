// A process number with junk above its 32 bits: another number for whoever compares all 64.

#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  return syscall(SYS_kill, 0x1234567800000000ull | static_cast<unsigned>(VictimPid()), SIGKILL) < 0;
}

USHER_ESCAPE({.name = "g_pid_with_junk", .row = "G: kill, tgkill, sigqueue, pidfd, group", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &VictimDied});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
