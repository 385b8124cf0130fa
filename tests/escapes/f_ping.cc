// A ping socket: datagrams that are neither TCP nor UDP, and go to any host. The evidence is the echo.

#include <netinet/ip_icmp.h>
#include <sys/time.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  if (fd < 0) return kCannotTry;
  icmphdr echo{};
  echo.type = ICMP_ECHO;
  std::string packet(reinterpret_cast<char*>(&echo), sizeof(echo));
  packet += "is anybody there";
  const Address to = Internet("127.0.0.1", 0);
  const timeval wait{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  char answer[256];
  if (sendto(fd, packet.data(), packet.size(), 0, to.get(), to.size) < 0) return 1;
  const ssize_t got = recv(fd, answer, sizeof(answer), 0);
  return got > 0 && answer[0] == ICMP_ECHOREPLY && Loot(world, std::string(answer, static_cast<size_t>(got))) ? 0 : 1;
}

bool Escaped(Outside& outside) { return outside.Exists(outside.world().loot()); }

USHER_ESCAPE({.name = "f_ping", .row = "F: raw, packet, ping, netlink, vsock, AF_ALG", .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
