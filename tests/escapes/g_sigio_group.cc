// A negative owner is a process group.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// A leader of its own group: the judge is in nobody's way.
void StartLeader(Outside& outside) {
  outside.Tell("VICTIM", std::to_string(outside.StartVictim({"setsid", "sleep", "60"})));
  usleep(50'000);
}

// SIGIO ends whoever does not expect it.
int Attack(const World&) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) return 1;
  fcntl(pair[0], F_SETOWN, -getpgid(VictimPid()));
  fcntl(pair[0], F_SETFL, O_ASYNC);
  return write(pair[1], "x", 1) == 1 ? 0 : 1;
}

USHER_ESCAPE({.name = "g_sigio_group", .row = "G: kill, tgkill, sigqueue, pidfd, group", .prepare = &StartLeader,
              .attack = &Attack, .escaped = &VictimDied});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
