// A datagram to an abstract unix socket, with no connection.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Unix(AbstractName(world)), SOCK_DGRAM), SOCK_DGRAM);
}

int Attack(const World& world) {
  const Address to = Unix(AbstractName(world));
  return sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_abstract_datagram",
              .row = "F: abstract sockets (X11, IBus)",
              .attack = &Attack,
              .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
