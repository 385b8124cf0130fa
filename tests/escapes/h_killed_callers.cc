// Callers that die while their call is held, again and again: what was begun for them is to pile up.

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string fifo = world.work() + "/fifo";
  if (mkfifo(fifo.c_str(), 0600) < 0) return 1;
  for (int i = 0; i < 250; ++i) {
    const pid_t caller = fork();
    if (caller == 0) {
      for (;;) {
        close(open(i % 2 == 0 ? fifo.c_str() : world.note().c_str(), O_RDONLY));
        execl("/bin/true", "true", nullptr);
      }
    }
    if (i % 3 == 0) usleep(static_cast<useconds_t>(i % 700));
    kill(caller, SIGKILL);
    waitpid(caller, nullptr, 0);
  }
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_killed_callers", .row = "H: flood, killed callers, no fd left", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
