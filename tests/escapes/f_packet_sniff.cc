// A packet socket hears everything that passes an interface.

#include <linux/if_ether.h>
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Two programs outside that talk to each other, as a resolver and its server would.
int Victim(const World& world) {
  const int server = Serve(Internet("127.0.0.1", 0), SOCK_DGRAM);
  const int client = Dial(Internet("127.0.0.1", PortOf(server)), SOCK_DGRAM);
  Ready(world, "talking");
  const std::string text = World::secret_text();
  for (;;) {
    if (send(client, text.data(), text.size(), 0) < 0) return 1;
    usleep(20'000);
  }
}

int Attack(const World& world) {
  const int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (fd < 0) return kCannotTry;
  char packet[2048];
  for (int i = 0; i < 2000; ++i) {
    const ssize_t got = recv(fd, packet, sizeof(packet), 0);
    if (got < 0) return 1;
    const std::string text(packet, static_cast<size_t>(got));
    if (text.find(World::secret_text()) != std::string::npos) return Loot(world, text) ? 0 : 1;
  }
  return 1;
}

USHER_ESCAPE({.name = "f_packet_sniff", .row = "F: raw, packet, ping, netlink, vsock, AF_ALG", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
