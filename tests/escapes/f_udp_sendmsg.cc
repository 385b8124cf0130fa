// The destination in a structure behind a pointer: sendmsg(2).

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  Address to = Internet("127.0.0.1", TrapPort());
  char byte = 'x';
  iovec vector{&byte, 1};
  msghdr message{};
  message.msg_name = to.get();
  message.msg_namelen = to.size;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  return sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, 0) < 0;
}

USHER_ESCAPE({.name = "f_udp_sendmsg", .row = "F: sendto/sendmsg/sendmmsg destinations", .prepare = &TellUdpPort,
              .attack = &Attack, .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
