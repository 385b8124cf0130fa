// The owner behind a pointer: F_SETOWN_EX, for a thread and for a process.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// SIGIO ends whoever does not expect it.
int Attack(const World&) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) return 1;
  const f_owner_ex process{F_OWNER_PID, VictimPid()}, thread{F_OWNER_TID, VictimPid()};
  if (fcntl(pair[0], F_SETOWN_EX, &process) < 0) fcntl(pair[0], F_SETOWN_EX, &thread);
  fcntl(pair[0], F_SETFL, O_ASYNC);
  return write(pair[1], "x", 1) == 1 ? 0 : 1;
}

USHER_ESCAPE({.name = "g_sigio_owner_structure", .row = "G: kill, tgkill, sigqueue, pidfd, group", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &VictimDied});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
