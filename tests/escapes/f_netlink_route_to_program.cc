// Route netlink is let in for getaddrinfo(3) and its like. A message on it can be addressed to another program instead of
// the kernel (netlink_unicast between two sockets of one protocol).

#include <linux/netlink.h>

#include <cerrno>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  socklen_t size = sizeof(name);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&name), size) < 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) < 0) {
    Ready(world, "");
    return kCannotTry;
  }
  Ready(world, std::to_string(name.nl_pid));
  char byte;
  if (recv(fd, &byte, 1, 0) >= 0) Report(world, "visited");
  for (;;) pause();
}

int Attack(const World&) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  sockaddr_nl to{};
  to.nl_family = AF_NETLINK;
  to.nl_pid = static_cast<unsigned>(std::strtoul(Told("FROM_VICTIM").c_str(), nullptr, 10));
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (sendto(fd, "xxxxxxxxxxxxxxxx", 16, 0, reinterpret_cast<sockaddr*>(&to), sizeof(to)) >= 0) return 0;
  // And by a connection, which names the peer once.
  if (errno == EPERM || errno == EACCES) return kCannotTry;  // the kernel lets nobody but an administrator
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) < 0) return 1;
  return send(fd, "xxxxxxxxxxxxxxxx", 16, 0) < 0;
}

USHER_ESCAPE({.name = "f_netlink_route_to_program", .row = "F: raw, packet, ping, netlink, vsock, AF_ALG",
              .attack = &Attack, .escaped = &Reported, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
