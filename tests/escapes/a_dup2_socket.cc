// The number of a socket stays, the socket flips from UDP to TCP. The port is the attack's own for UDP and somebody
// else's for TCP: judged is the one, connected the other.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Tell("PORT", std::to_string(outside.ListenTcp())); }

int Attack(const World&) {
  const sockaddr_in name = Loopback(std::atoi(Told("PORT").c_str()));
  const auto* address = reinterpret_cast<const sockaddr*>(&name);
  if (bind(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), address, sizeof(name)) < 0) {
    return std::puts("the port is taken for UDP"), kCannotTry;
  }
  const int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int at = dup(udp);
  const Meanwhile turning([&](unsigned i) { dup3(i % 2 == 0 ? udp : tcp, at, O_CLOEXEC); });
  return KeepTrying([&] {
    (void)connect(at, address, sizeof(name));
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    return getpeername(tcp, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  })
             ? 0
             : 1;
}

int Twin(const World&) {
  const sockaddr_in name = Loopback(OwnPort(SOCK_DGRAM));
  const int at = dup(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return connect(at, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_dup2_socket",
              .row = "A: fd number reused",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return outside.WasReached(); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
