// Multipath TCP reaches any TCP server, and is another protocol number.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  constexpr int kMptcp = 262;
  const int fd = socket(AF_INET, SOCK_STREAM, kMptcp);
  if (fd < 0) return kCannotTry;
  const Address to = Internet("127.0.0.1", TrapPort());
  return connect(fd, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_mptcp", .row = "F: MPTCP, SMC, SCTP", .prepare = &TellTcpPort, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
