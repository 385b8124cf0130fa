// A datagram to an abstract unix socket, with no connection.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace {

std::string NameOf(const World& world) { return "@usher-test-" + world.root.substr(world.root.rfind('/') + 1); }

int Victim(const World& world) { return ReportVisitors(world, Serve(Unix(NameOf(world)), SOCK_DGRAM), SOCK_DGRAM); }

int Attack(const World& world) {
  const Address to = Unix(NameOf(world));
  return sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_abstract_datagram", .row = "F: abstract sockets (X11, IBus)", .attack = &Attack, .escaped = &Reported,
              .victim = &Victim});

}  // namespace
}  // namespace usher::escapes
