// SO_REUSEADDR on a datagram socket: whoever bound the port last gets all that is sent there.

#include <fcntl.h>
#include <poll.h>

#include "tests/escapes/sockets.h"
#include "tests/support/patience.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Bound(int port) {
  const int on = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);
  const Address there = Internet("127.0.0.1", port);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  return bind(fd, there.get(), there.size) < 0 ? -1 : fd;
}

int Victim(const World& world) {
  const int server = Bound(0), client = Dial(Internet("127.0.0.1", PortOf(server)), SOCK_DGRAM);
  Ready(world, std::to_string(PortOf(server)));
  char byte;
  pollfd arrival{server, POLLIN, 0};  // not always within the send: the kernel may leave it to a thread of its own
  for (int i = 0; i < 2000; ++i, usleep(5'000)) {
    if (send(client, "x", 1, 0) != 1) continue;
    if (poll(&arrival, 1, 20 * Patience()) == 0 || recv(server, &byte, 1, MSG_DONTWAIT) < 0)
      Report(world, "a datagram was taken");
  }
  return 0;
}

int Attack(const World&) {
  if (Bound(std::atoi(Told("FROM_VICTIM").c_str())) < 0) return 1;
  Pause(200);
  return 0;
}

USHER_ESCAPE({.name = "f_reuse_udp_address",
              .row = "F: listen, listen without bind, SO_REUSEPORT",
              .attack = &Attack,
              .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
