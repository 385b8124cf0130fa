// As many processes as there may be, each of which makes calls that are held.

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const pid_t bomb = fork();
  if (bomb == 0) {
    setpgid(0, 0);
    for (int depth = 0; depth < 6; ++depth) {  // 64 of them: bounded here, since a limit would count other tests' too
      if (fork() < 0) break;
    }
    for (;;) close(open(world.note().c_str(), O_RDONLY));
  }
  setpgid(bomb, bomb);
  usleep(200'000);
  const int code = LetBystanderWork(world);
  kill(-bomb, SIGKILL);
  return code;
}

USHER_ESCAPE({.name = "h_fork_bomb", .row = "H: fork bomb, memory, disk", .attack = &Attack, .escaped = &BystanderStuck,
              .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
