// A descriptor of /proc/PID stands for the process in pidfd_send_signal(2); opened with O_PATH and without.

#include <fcntl.h>
#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const std::string name = "/proc/" + std::to_string(VictimPid());
  for (const int flags : {O_PATH | O_DIRECTORY, O_RDONLY | O_DIRECTORY}) {
    const int fd = open(name.c_str(), flags);
    if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0) == 0) return 0;
  }
  return 1;
}

USHER_ESCAPE({.name = "g_proc_directory", .row = "G: kill, tgkill, sigqueue, pidfd, group", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &VictimDied});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
