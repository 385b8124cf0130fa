// The first message of a batch goes to a server of our own, the second elsewhere: whoever looks at one only lets both go.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int SendBoth(const Address& first, const Address& second) {
  Address to[] = {first, second};
  char byte = 'x';
  iovec vector{&byte, 1};
  mmsghdr messages[2]{};
  for (int i = 0; i < 2; ++i) {
    messages[i].msg_hdr.msg_name = to[i].get();
    messages[i].msg_hdr.msg_namelen = to[i].size;
    messages[i].msg_hdr.msg_iov = &vector;
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  return sendmmsg(socket(AF_INET, SOCK_DGRAM, 0), messages, 2, 0);
}

int Attack(const World&) {
  const int own = Serve(Internet("127.0.0.1", 0), SOCK_DGRAM);
  return SendBoth(Internet("127.0.0.1", PortOf(own)), Internet("127.0.0.1", TrapPort())) < 2;
}

int Twin(const World&) {
  const int one = Serve(Internet("127.0.0.1", 0), SOCK_DGRAM), two = Serve(Internet("127.0.0.1", 0), SOCK_DGRAM);
  return SendBoth(Internet("127.0.0.1", PortOf(one)), Internet("127.0.0.1", PortOf(two))) == 2 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_udp_second_of_sendmmsg", .row = "F: sendto/sendmsg/sendmmsg destinations",
              .prepare = &TellUdpPort, .attack = &Attack, .escaped = &Reached, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
