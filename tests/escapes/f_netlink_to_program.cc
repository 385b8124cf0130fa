// Netlink is not only for the kernel: NETLINK_USERSOCK carries messages between programs, addressed by a number.

#include <linux/netlink.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

Address Port(unsigned port) {
  Address address;
  auto* name = reinterpret_cast<sockaddr_nl*>(&address.storage);
  name->nl_family = AF_NETLINK;
  name->nl_pid = port;
  address.size = sizeof(*name);
  return address;
}

int Victim(const World& world) {
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
  const Address own = Port(0);
  sockaddr_nl name{};
  socklen_t size = sizeof(name);
  if (fd < 0 || bind(fd, own.get(), own.size) < 0 || getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) < 0) {
    Ready(world, "");
    return kCannotTry;
  }
  Ready(world, std::to_string(name.nl_pid));
  char byte;
  if (recv(fd, &byte, 1, 0) >= 0) Report(world, "visited");
  for (;;) pause();
}

// NETLINK_USERSOCK, then NETLINK_ROUTE for where only that one exists: the numbers of the ports are each family's own.
int Attack(const World&) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const Address to = Port(static_cast<unsigned>(std::strtoul(Told("FROM_VICTIM").c_str(), nullptr, 10)));
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
  return sendto(fd, "xxxxxxxxxxxxxxxx", 16, 0, to.get(), to.size) < 0;
}

int Twin(const World&) {
  const Address own = Port(0);
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  return fd >= 0 && bind(fd, own.get(), own.size) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_netlink_to_program", .row = "F: raw, packet, ping, netlink, vsock, AF_ALG", .attack = &Attack,
              .escaped = &Reported, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
