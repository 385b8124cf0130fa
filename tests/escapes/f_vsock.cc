// vsock: to the host of a virtual machine, or by its loopback to a service here. Also with junk above the family.

#include <sys/socket.h>  // first: older headers of the kernel want it before the next

#include <linux/vm_sockets.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

Address Vsock(unsigned cid, unsigned port) {
  Address address;
  auto* name = reinterpret_cast<sockaddr_vm*>(&address.storage);
  name->svm_family = AF_VSOCK;
  name->svm_cid = cid;
  name->svm_port = port;
  address.size = sizeof(*name);
  return address;
}

int Victim(const World& world) {
  const int fd = Serve(Vsock(VMADDR_CID_ANY, VMADDR_PORT_ANY));
  sockaddr_vm name{};
  socklen_t size = sizeof(name);
  const bool bound = fd >= 0 && getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0;
  Ready(world, bound ? std::to_string(name.svm_port) : "");
  if (accept(fd, nullptr, nullptr) >= 0) Report(world, "visited");
  for (;;) pause();
}

int Attack(const World&) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const Address to = Vsock(VMADDR_CID_LOCAL, static_cast<unsigned>(std::strtoul(Told("FROM_VICTIM").c_str(), nullptr, 10)));
  const auto fd = static_cast<int>(syscall(SYS_socket, 0x7700000000ull | AF_VSOCK, SOCK_STREAM, 0));
  const timeval soon{0, 200'000};
  setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &soon, sizeof(soon));
  return fd >= 0 && connect(fd, to.get(), to.size) == 0 ? 0 : kCannotTry;
}

USHER_ESCAPE({.name = "f_vsock", .row = "F: raw, packet, ping, netlink, vsock, AF_ALG", .attack = &Attack,
              .escaped = &Reported, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
