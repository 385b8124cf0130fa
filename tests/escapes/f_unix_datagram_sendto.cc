// A datagram to a socket in the home, with no connection: a journal, a notification daemon.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Unix(world.home() + "/log.sock"), SOCK_DGRAM), SOCK_DGRAM);
}

int Attack(const World& world) {
  Address to = Unix(world.home() + "/log.sock");
  return sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_unix_datagram_sendto", .row = "F: named unix sockets", .attack = &Attack, .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
