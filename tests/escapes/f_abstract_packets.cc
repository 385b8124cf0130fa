// SOCK_SEQPACKET, the third kind of unix socket: a rule for streams and datagrams misses it.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const int server = Serve(Unix(AbstractName(world)), SOCK_SEQPACKET);
  listen(server, 8);
  return ReportVisitors(world, server, SOCK_STREAM);
}

int Attack(const World& world) { return Dial(Unix(AbstractName(world)), SOCK_SEQPACKET) < 0; }

USHER_ESCAPE({.name = "f_abstract_packets",
              .row = "F: abstract sockets (X11, IBus)",
              .attack = &Attack,
              .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
