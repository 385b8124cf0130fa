// A server on ::, which takes IPv4 as well.

#include "tests/escapes/open_port.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = Serve(Internet("::", 0));
  LeavePort(world, fd);
  return fd < 0;
}

USHER_ESCAPE({.name = "f_listen_everywhere_six", .row = "F: listen, listen without bind, SO_REUSEPORT", .attack = &Attack,
              .escaped = &Reported, .victim = &ReportOpenPort});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
