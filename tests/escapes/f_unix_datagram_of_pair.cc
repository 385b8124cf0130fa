// A socket of a pair is a datagram socket too, and takes destinations.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Unix(world.home() + "/log.sock"), SOCK_DGRAM), SOCK_DGRAM);
}

int Attack(const World& world) {
  Address to = Unix(world.home() + "/log.sock");
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0) return 1;
  if (sendto(pair[0], "x", 1, 0, to.get(), to.size) >= 0) return 0;
  return connect(pair[0], to.get(), to.size) < 0 || write(pair[0], "x", 1) != 1;
}

USHER_ESCAPE({.name = "f_unix_datagram_of_pair", .row = "F: named unix sockets", .attack = &Attack, .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
