// A process by a descriptor: opened first, signalled later.

#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const auto fd = static_cast<int>(syscall(SYS_pidfd_open, VictimPid(), 0));
  return syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0) < 0;
}

int Twin(const World&) {
  const auto fd = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
  return fd >= 0 && syscall(SYS_pidfd_send_signal, fd, 0, nullptr, 0) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "g_pidfd", .row = "G: kill, tgkill, sigqueue, pidfd, group", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &VictimDied, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
