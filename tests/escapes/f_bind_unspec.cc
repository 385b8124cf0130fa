// bind(2) with AF_UNSPEC: the kernel takes it for 0.0.0.0 of IPv4.

#include "tests/escapes/open_port.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  Address any = Internet("0.0.0.0", 0);
  any.storage.ss_family = AF_UNSPEC;
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int rc = bind(fd, any.get(), any.size) < 0 ? -1 : listen(fd, 8);
  if (rc == 0) LeavePort(world, fd);
  return rc < 0;
}

USHER_ESCAPE({.name = "f_bind_unspec", .row = "F: listen, listen without bind, SO_REUSEPORT", .attack = &Attack,
              .escaped = &Reported, .victim = &ReportOpenPort});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
