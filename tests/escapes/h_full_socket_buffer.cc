// Datagrams to a unix socket of our own that nobody reads: every further one waits.

#include "tests/escapes/bystander.h"
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const Address name = Unix(world.work() + "/s");
  Serve(name, SOCK_DGRAM);
  const Crowd crowd(200, [&](int) {
    const std::string big(100'000, 'x');
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    for (;;) (void)sendto(fd, big.data(), big.size(), 0, name.get(), name.size);
  });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_full_socket_buffer", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
