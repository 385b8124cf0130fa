// A datagram needs no connection: sendto(2) says where it goes.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const Address to = Internet("127.0.0.1", TrapPort());
  return sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size) < 0;
}

int Twin(const World&) {
  const int server = Serve(Internet("127.0.0.1", 0), SOCK_DGRAM);
  const Address to = Internet("127.0.0.1", PortOf(server));
  char byte;
  const int client = socket(AF_INET, SOCK_DGRAM, 0);
  return sendto(client, "x", 1, 0, to.get(), to.size) == 1 && recv(server, &byte, 1, 0) == 1 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_udp_sendto", .row = "F: sendto/sendmsg/sendmmsg destinations", .prepare = &TellUdpPort,
              .attack = &Attack, .escaped = &Reached, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
