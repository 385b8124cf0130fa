// A process group instead of a process: kill(2) with a negative number.

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  setsid();
  Ready(world, "leading");
  for (;;) pause();
}

int Attack(const World&) { return kill(-VictimPid(), SIGKILL); }

int Twin(const World&) {  // a group of our own
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    for (;;) pause();
  }
  setpgid(child, child);
  return kill(-child, SIGKILL) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "g_kill_group", .row = "G: kill, tgkill, sigqueue, pidfd, group", .attack = &Attack,
              .escaped = &VictimDied, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
