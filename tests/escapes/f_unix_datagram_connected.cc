// A datagram socket is connected, and then written to with write(2), which nobody judges.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Unix(world.home() + "/log.sock"), SOCK_DGRAM), SOCK_DGRAM);
}

int Attack(const World& world) {
  Address to = Unix(world.home() + "/log.sock");
  const int fd = Dial(to, SOCK_DGRAM);
  return fd < 0 || write(fd, "x", 1) != 1;
}

USHER_ESCAPE({.name = "f_unix_datagram_connected", .row = "F: named unix sockets", .attack = &Attack, .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
