// Not the address but the pointer to it flips, in the msghdr of sendmsg(2): whoever copies the header twice sees two.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenUdp())); }

int Attack(const World&) {
  sockaddr_in own = Loopback(OwnPort(SOCK_DGRAM)), foreign = Loopback(std::atoi(Told("PORT").c_str()));
  char byte = 'x';
  iovec vector{&byte, 1};
  msghdr header{};
  header.msg_name = &own;
  header.msg_namelen = sizeof(own);
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  void* volatile* name = &header.msg_name;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const Meanwhile turning([&](unsigned i) { *name = i % 2 == 0 ? &own : &foreign; });
  KeepTrying([&] { return syscall(SYS_sendmsg, fd, &header, MSG_DONTWAIT) < 0 && false; }, kRace);
  return 0;
}

int Twin(const World&) {
  sockaddr_in own = Loopback(OwnPort(SOCK_DGRAM));
  char byte = 'x';
  iovec vector{&byte, 1};
  msghdr header{};
  header.msg_name = &own;
  header.msg_namelen = sizeof(own);
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  return sendmsg(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), &header, 0) == 1 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_sendmsg_header_race",
              .row = "A: structs by pointer: msghdr",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.WasReached(); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
