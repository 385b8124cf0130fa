// TCP Fast Open by sendmsg(2) on a socket of the other family.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  Address to = Internet("::ffff:127.0.0.1", TrapPort());
  char byte = 'x';
  iovec vector{&byte, 1};
  msghdr message{};
  message.msg_name = to.get();
  message.msg_namelen = to.size;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  return sendmsg(socket(AF_INET6, SOCK_STREAM, 0), &message, MSG_FASTOPEN) < 0;
}

USHER_ESCAPE({.name = "f_fast_open_sendmsg", .row = "F: TCP Fast Open", .prepare = &TellTcpPort, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
