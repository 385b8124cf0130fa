// The second entry of a sendmmsg(2) batch goes astray: from no address at all (the connected peer) to a port outside.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenUdp())); }

int Attack(const World&) {
  sockaddr_in own = Loopback(OwnPort(SOCK_DGRAM)), foreign = Loopback(std::atoi(Told("PORT").c_str()));
  char byte = 'x';
  iovec vector{&byte, 1};
  mmsghdr batch[2] = {};
  for (mmsghdr& entry : batch) {
    entry.msg_hdr.msg_name = &foreign;
    entry.msg_hdr.msg_iov = &vector;
    entry.msg_hdr.msg_iovlen = 1;
  }
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&own), sizeof(own)) < 0) return 1;
  volatile socklen_t* length = &batch[1].msg_hdr.msg_namelen;
  const Meanwhile turning([&](unsigned i) { *length = i % 2 == 0 ? 0 : sizeof(foreign); });
  KeepTrying([&] { return syscall(SYS_sendmmsg, fd, batch, 2u, MSG_DONTWAIT) < 0 && false; }, kRace);
  return 0;
}

int Twin(const World&) {
  const sockaddr_in own = Loopback(OwnPort(SOCK_DGRAM));
  char byte = 'x';
  iovec vector{&byte, 1};
  mmsghdr batch[2] = {};
  for (mmsghdr& entry : batch) {
    entry.msg_hdr.msg_iov = &vector;
    entry.msg_hdr.msg_iovlen = 1;
  }
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&own), sizeof(own)) < 0) return 1;
  return sendmmsg(fd, batch, 2, 0) == 2 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_sendmmsg_entry_race",
              .row = "A: structs by pointer: msghdr",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.WasReached(); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
