// A datagram server on every interface, at a port that others know. (A port that the kernel chooses is what every sender of
// datagrams has.)

#include "tests/escapes/open_port.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = Serve(Internet("0.0.0.0", 20000 + getpid() % 10000), SOCK_DGRAM);
  LeavePort(world, fd);
  return fd < 0;
}

USHER_ESCAPE({.name = "f_udp_everywhere", .row = "F: listen, listen without bind, SO_REUSEPORT", .attack = &Attack,
              .escaped = &Reported, .victim = &ReportOpenPort});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
