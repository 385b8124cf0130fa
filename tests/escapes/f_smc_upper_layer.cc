// An ordinary TCP socket becomes one of SMC by an option (TCP_ULP): the protocol changes after socket(2) was judged.

#include <netinet/tcp.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const Address to = Internet("127.0.0.1", TrapPort());
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "smc", 3) < 0) return kCannotTry;
  return connect(fd, to.get(), to.size) < 0;
}

USHER_ESCAPE({.name = "f_smc_upper_layer", .row = "F: MPTCP, SMC, SCTP", .prepare = &TellTcpPort, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
