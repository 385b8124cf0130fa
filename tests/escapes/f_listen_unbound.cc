// listen(2) on a socket that was never bound: the kernel chooses a port, on every interface.

#include "tests/escapes/open_port.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int rc = listen(fd, 8);
  LeavePort(world, fd);
  return rc < 0;
}

USHER_ESCAPE({.name = "f_listen_unbound", .row = "F: listen, listen without bind, SO_REUSEPORT", .attack = &Attack,
              .escaped = &Reported, .victim = &ReportOpenPort});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
