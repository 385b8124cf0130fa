// A TCP listener of our own whose queue is full: the kernel goes on dialling for minutes.

#include "tests/escapes/bystander.h"
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int server = Serve(Internet("127.0.0.1", 0));
  listen(server, 0);
  const Address there = Internet("127.0.0.1", PortOf(server));
  const Crowd crowd(200, [&](int) { Dial(there); });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_tcp_backlog", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
