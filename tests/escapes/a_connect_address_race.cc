// The port in the sockaddr of connect(2) flips: judged it is a server of the attack's own, dialled it is one outside.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenTcp())); }

int Attack(const World&) {
  const sockaddr_in own = Loopback(OwnPort(SOCK_STREAM)), foreign = Loopback(std::atoi(Told("PORT").c_str()));
  sockaddr_in name = own;
  volatile in_port_t* port = &name.sin_port;
  const Meanwhile turning([&](unsigned i) { *port = i % 2 == 0 ? own.sin_port : foreign.sin_port; });
  return KeepTrying([&] {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    syscall(SYS_connect, fd, &name, sizeof(name));
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    const bool there = getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    close(fd);
    return there && peer.sin_port == foreign.sin_port;
  })
             ? 0
             : 1;
}

int Twin(const World&) {
  const sockaddr_in own = Loopback(OwnPort(SOCK_STREAM));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connect(fd, reinterpret_cast<const sockaddr*>(&own), sizeof(own)) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_connect_address_race",
              .row = "A: structs by pointer: sockaddr",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.WasReached(); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
