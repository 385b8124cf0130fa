// listen(2) without bind(2), in the other family.

#include "tests/escapes/open_port.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = socket(AF_INET6, SOCK_STREAM, 0);
  const int rc = listen(fd, 8);
  LeavePort(world, fd);
  return rc < 0;
}

USHER_ESCAPE({.name = "f_listen_unbound_six", .row = "F: listen, listen without bind, SO_REUSEPORT", .attack = &Attack,
              .escaped = &Reported, .victim = &ReportOpenPort});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
