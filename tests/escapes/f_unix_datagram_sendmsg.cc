// The name of the socket in a structure behind a pointer.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  return ReportVisitors(world, Serve(Unix(world.home() + "/log.sock"), SOCK_DGRAM), SOCK_DGRAM);
}

int Attack(const World& world) {
  Address to = Unix(world.home() + "/log.sock");
  char byte = 'x';
  iovec vector{&byte, 1};
  msghdr message{};
  message.msg_name = to.get();
  message.msg_namelen = to.size;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  return sendmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &message, 0) < 0;
}

USHER_ESCAPE({.name = "f_unix_datagram_sendmsg", .row = "F: named unix sockets", .attack = &Attack, .escaped = &Reported,
              .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
