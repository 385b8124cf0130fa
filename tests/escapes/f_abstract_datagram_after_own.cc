// A datagram socket connected to a server of our own takes another destination with each message.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Unix(AbstractName(world)), SOCK_DGRAM), SOCK_DGRAM);
}

int Attack(const World& world) {
  const Address own = Unix("@usher-test-own-" + std::to_string(getpid())), to = Unix(AbstractName(world));
  Serve(own, SOCK_DGRAM);
  const int fd = Dial(own, SOCK_DGRAM);
  return sendto(fd, "x", 1, 0, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_abstract_datagram_after_own",
              .row = "F: abstract sockets (X11, IBus)",
              .attack = &Attack,
              .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
