// MSG_FASTOPEN: a send that connects. With junk in the register's upper half, of which the kernel takes none.

#include <sys/syscall.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const Address to = Internet("127.0.0.1", TrapPort());
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  return syscall(SYS_sendto, fd, "x", 1, 0xdeadbeef00000000ull | MSG_FASTOPEN, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_fast_open_flag", .row = "F: TCP Fast Open", .prepare = &TellTcpPort, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
