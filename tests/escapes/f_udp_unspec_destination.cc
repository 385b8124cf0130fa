// In sendto(2) and bind(2) the kernel takes AF_UNSPEC for AF_INET: an address that a parser does not take for one.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  Address to = Internet("127.0.0.1", TrapPort());
  to.storage.ss_family = AF_UNSPEC;
  return sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_udp_unspec_destination", .row = "F: sendto/sendmsg/sendmmsg destinations",
              .prepare = &TellUdpPort, .attack = &Attack, .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
