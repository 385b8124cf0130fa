// Addresses of a sendmmsg(2) batch that change while it is read: each entry begins with a port of one's own, and turns
// to one outside, by the port in the address or by the pointer to it.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr unsigned kEntries = 8;

void Prepare(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenUdp())); }

int Attack(const World&) {
  const sockaddr_in own = Loopback(OwnPort(SOCK_DGRAM)), foreign = Loopback(std::atoi(Told("PORT").c_str()));
  char byte = 'x';
  iovec vector{&byte, 1};
  sockaddr_in names[kEntries];
  mmsghdr batch[kEntries] = {};
  for (unsigned i = 0; i < kEntries; ++i) {
    names[i] = own;
    batch[i].msg_hdr.msg_name = &names[i];
    batch[i].msg_hdr.msg_namelen = sizeof(own);
    batch[i].msg_hdr.msg_iov = &vector;
    batch[i].msg_hdr.msg_iovlen = 1;
  }
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in away = foreign;
  const Meanwhile turning([&](unsigned i) {
    for (unsigned entry = 1; entry < kEntries; ++entry) {
      volatile in_port_t* port = &names[entry].sin_port;
      *port = (i + entry) % 2 == 0 ? own.sin_port : foreign.sin_port;
      void* volatile* name = &batch[entry].msg_hdr.msg_name;
      *name = (i / 2 + entry) % 4 == 0 ? &away : &names[entry];
    }
  });
  KeepTrying([&] { return syscall(SYS_sendmmsg, fd, batch, kEntries, MSG_DONTWAIT) < 0 && false; }, kRace);
  return 0;
}

int Twin(const World&) {
  sockaddr_in own[2] = {Loopback(OwnPort(SOCK_DGRAM)), Loopback(OwnPort(SOCK_DGRAM))};
  char byte = 'x';
  iovec vector{&byte, 1};
  mmsghdr batch[2] = {};
  for (int i = 0; i < 2; ++i) {
    batch[i].msg_hdr.msg_name = &own[i];
    batch[i].msg_hdr.msg_namelen = sizeof(own[i]);
    batch[i].msg_hdr.msg_iov = &vector;
    batch[i].msg_hdr.msg_iovlen = 1;
  }
  return sendmmsg(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), batch, 2, 0) == 2 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_sendmmsg_address_race",
              .row = "A: structs by pointer: msghdr",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.WasReached(); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
