// The plainest way out: a service on this machine that listens to the loopback alone, because "nobody else is here".

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) { return Dial(Internet("127.0.0.1", TrapPort())) < 0; }

int Twin(const World&) {
  const int server = Serve(Internet("127.0.0.1", 0));
  return server >= 0 && Dial(Internet("127.0.0.1", PortOf(server))) >= 0 && accept(server, nullptr, nullptr) >= 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_tcp_connect", .row = "F: sendto/sendmsg/sendmmsg destinations", .prepare = &TellTcpPort,
              .attack = &Attack, .escaped = &Reached, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
