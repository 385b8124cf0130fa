// A datagram to a host that is allowed, by way of one that is not: a routing header puts the latter on the wire.

#include <arpa/inet.h>
#include <cstdio>

#include "supervisor/kernel/unique_fd.h"
#include "tests/escapes/service.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// What the kernel takes off the wire for ::1 with a routing header: only root can look at that.
UniqueFd& Wire() {
  static UniqueFd wire;
  return wire;
}

void Prepare(Outside& outside) {
  Wire().reset(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ROUTING));
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_addr = in6addr_loopback;
  const bool there = Wire() && bind(Wire().get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0;
  outside.Tell("WIRE", there ? "watched" : "");
}

int Attack(const World&) {
  if (Told("WIRE").empty()) {
    std::printf("only root can see what goes over the wire\n");
    return kCannotTry;
  }
  struct {
    uint8_t next = 0, length = 2, type = 4 /* segments, RFC 8754 */, left = 0;
    uint8_t last = 0, flags = 0;
    uint16_t tag = 0;
    in6_addr segment = in6addr_loopback;
  } header;
  const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, &header, sizeof(header)) < 0) return 1;
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(9);
  inet_pton(AF_INET6, "2001:db8::7", &name.sin6_addr);
  return sendto(fd, "hi", 2, 0, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 2 ? 0 : 1;
}

bool Escaped(Outside&) {
  pollfd wire{Wire().get(), POLLIN, 0};
  return poll(&wire, 1, 500) > 0;
}

int Twin(const World&) {
  const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), hops = 3, on = 1;
  return setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof(hops)) == 0 &&
                 setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0 &&
                 setsockopt(fd, IPPROTO_IPV6, IPV6_RECVRTHDR, &on, sizeof(on)) == 0
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "f_review_routing_header", .row = "F: source routes past the judged address", .prepare = &Prepare,
              .attack = &Attack, .escaped = &Escaped, .twin = &Twin,
              .policy = "version = 1\n[network]\nallow = [\"2001:db8::7\"]\n"});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
