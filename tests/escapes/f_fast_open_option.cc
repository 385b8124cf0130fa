// TCP_FASTOPEN_CONNECT: connect(2) only notes the address, the first write dials. Junk in the upper halves of both option
// arguments, which the kernel does not look at.

#include <netinet/tcp.h>
#include <sys/syscall.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const Address to = Internet("127.0.0.1", TrapPort());
  const int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  const auto junk = 0x5a5a5a5a00000000ull;
  syscall(SYS_setsockopt, fd, junk | IPPROTO_TCP, junk | TCP_FASTOPEN_CONNECT, &on, sizeof(on));
  (void)connect(fd, to.get(), to.size);
  return send(fd, "x", 1, MSG_NOSIGNAL) < 0;
}

USHER_ESCAPE({.name = "f_fast_open_option", .row = "F: TCP Fast Open", .prepare = &TellTcpPort, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
