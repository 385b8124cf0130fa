// One process opens more FIFOs, each in a thread that waits for ever, than the supervisor has threads for what blocks.

#include <thread>

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string fifo = world.work() + "/fifo";
  if (mkfifo(fifo.c_str(), 0600) < 0) return 1;
  for (int i = 0; i < 300; ++i) {
    std::thread([fifo] {
      for (;;) close(open(fifo.c_str(), O_RDONLY));
    }).detach();
  }
  usleep(300'000);
  const int code = LetBystanderWork(world);
  _exit(code);
}

USHER_ESCAPE({.name = "h_fifo_threads", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
