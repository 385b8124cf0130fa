// sendmsg(2) on a connected stream that nobody reads, with an address that a stream does not need: the copy waits.

#include "tests/escapes/bystander.h"
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const Crowd crowd(200, [&](int) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) return;
    std::string big(1'000'000, 'x');
    iovec vector{big.data(), big.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    for (;;) (void)sendmsg(pair[0], &message, 0);
  });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_message_to_stream", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
