// The port in the address of sendto(2) flips, and no connect(2) was ever made.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenUdp())); }

int Attack(const World&) {
  const sockaddr_in own = Loopback(OwnPort(SOCK_DGRAM)), foreign = Loopback(std::atoi(Told("PORT").c_str()));
  sockaddr_in name = own;
  volatile in_port_t* port = &name.sin_port;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const Meanwhile turning([&](unsigned i) { *port = i % 2 == 0 ? own.sin_port : foreign.sin_port; });
  KeepTrying([&] { return syscall(SYS_sendto, fd, "x", 1ul, MSG_DONTWAIT, &name, sizeof(name)) < 0 && false; }, kRace);
  return 0;
}

int Twin(const World&) {
  const sockaddr_in own = Loopback(OwnPort(SOCK_DGRAM));
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return sendto(fd, "x", 1, 0, reinterpret_cast<const sockaddr*>(&own), sizeof(own)) == 1 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_sendto_address_race",
              .row = "A: structs by pointer: sockaddr",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.WasReached(); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
