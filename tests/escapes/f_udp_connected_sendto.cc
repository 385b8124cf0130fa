// A socket that is connected to a server of our own still takes a destination with each datagram.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const int own = Serve(Internet("127.0.0.1", 0), SOCK_DGRAM);
  const int client = Dial(Internet("127.0.0.1", PortOf(own)), SOCK_DGRAM);
  const Address there = Internet("127.0.0.1", TrapPort());
  return sendto(client, "x", 1, 0, there.get(), there.size) < 0;
}

USHER_ESCAPE({.name = "f_udp_connected_sendto", .row = "F: AF_UNSPEC reconnect", .prepare = &TellUdpPort,
              .attack = &Attack, .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
