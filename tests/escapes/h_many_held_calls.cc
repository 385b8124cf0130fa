// More processes wait in a held call, each in one, than anybody has threads for: the others must be answered all the
// same.

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr int kMany = 600;

int Attack(const World& world) {
  const std::string fifo = world.work() + "/fifo";
  if (mkfifo(fifo.c_str(), 0600) < 0) return 1;
  const Crowd crowd(kMany, [&](int) {
    for (;;) {
      // Again, whatever it was that ended the wait.
      const int fd = open(fifo.c_str(), O_RDONLY);
      if (fd >= 0) close(fd);
      sleep(1);  // that they wait is the attack, not that they ask
    }
  });
  usleep(1'500'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_many_held_calls",
              .row = "H: wedge: FIFO, lease, backlog",
              .attack = &Attack,
              .escaped = &BystanderStuck,
              .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
