// As many processes, with one FIFO each: whoever counts by process sees nothing unusual.

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string fifo = world.work() + "/fifo";
  if (mkfifo(fifo.c_str(), 0600) < 0) return 1;
  const Crowd crowd(300, [&](int) {
    for (;;) close(open(fifo.c_str(), O_RDONLY));
  });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_fifo_processes", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
