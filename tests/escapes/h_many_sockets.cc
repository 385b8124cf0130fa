// Whether a port is our own is looked up in a table of the kernel's that anybody can make long.

#include "tests/escapes/bystander.h"
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const Crowd holders(4, [&](int) {
    for (int i = 0; i < 900; ++i) {
      if (Serve(Internet("127.0.0.1", 0)) < 0) break;
    }
  });
  const int server = Serve(Internet("127.0.0.1", 0));
  const Address there = Internet("127.0.0.1", PortOf(server));
  const Crowd crowd(8, [&](int) {
    for (;;) close(Dial(there));
  });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_many_sockets", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
