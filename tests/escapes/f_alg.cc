// AF_ALG: the kernel's ciphers as sockets, a large surface. The evidence is a digest that the attack cannot compute itself.

#include <linux/if_alg.h>
#include <sys/syscall.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  sockaddr_alg name{};
  name.salg_family = AF_ALG;
  std::strcpy(reinterpret_cast<char*>(name.salg_type), "hash");
  std::strcpy(reinterpret_cast<char*>(name.salg_name), "sha256");
  // Junk above the family, of which the kernel takes 32 bits.
  const auto fd = static_cast<int>(syscall(SYS_socket, 0x100000000ull | AF_ALG, SOCK_SEQPACKET, 0));
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) < 0) return kCannotTry;
  const int operation = accept(fd, nullptr, nullptr);
  char digest[32];
  if (write(operation, "abc", 3) != 3 || read(operation, digest, sizeof(digest)) != sizeof(digest)) return 1;
  return Loot(world, std::string(digest, sizeof(digest))) ? 0 : 1;
}

bool Escaped(Outside& outside) { return outside.Read(outside.world().loot()).starts_with("\xba\x78\x16\xbf\x8f\x01\xcf\xea"); }

USHER_ESCAPE({.name = "f_alg", .row = "F: raw, packet, ping, netlink, vsock, AF_ALG", .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
