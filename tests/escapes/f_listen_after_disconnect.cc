// Bound to the loopback and judged there; connect(2) with AF_UNSPEC takes the address away, the port may be chosen anew.

#include "tests/escapes/open_port.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int own = Serve(Internet("127.0.0.1", 0));
  const int fd = Dial(Internet("127.0.0.1", PortOf(own)));
  Address nowhere;
  nowhere.storage.ss_family = AF_UNSPEC;
  nowhere.size = sizeof(sockaddr_in);
  if (connect(fd, nowhere.get(), nowhere.size) < 0) return 1;
  const int rc = listen(fd, 8);
  if (rc == 0) LeavePort(world, fd);
  return rc < 0;
}

USHER_ESCAPE({.name = "f_listen_after_disconnect", .row = "F: listen, listen without bind, SO_REUSEPORT", .attack = &Attack,
              .escaped = &Reported, .victim = &ReportOpenPort});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
