// A victim that looks whether the machine now listens where others can come in: the port is what the attack left in the
// workspace, the address what the kernel says of it.

#ifndef USHER_TESTS_ESCAPES_OPEN_PORT_H_
#define USHER_TESTS_ESCAPES_OPEN_PORT_H_

#include <cstdio>

#include "tests/escapes/sockets.h"

namespace usher::escapes {

inline std::string PortFile(const World& world) { return world.work() + "/port"; }

inline void LeavePort(const World& world, int socket) {
  if (PortOf(socket) != 0) Spill(PortFile(world), std::to_string(PortOf(socket)));
  usleep(200'000);
}

inline int ReportOpenPort(const World& world) {
  Ready(world, "watching");
  for (;; usleep(5'000)) {
    const int port = std::atoi(Slurp(PortFile(world)).c_str());
    if (port == 0) continue;
    char four[32], six[64];
    std::snprintf(four, sizeof(four), " 00000000:%04X ", static_cast<unsigned>(port));
    std::snprintf(six, sizeof(six), " 00000000000000000000000000000000:%04X ", static_cast<unsigned>(port));
    for (const char* table : {"tcp", "udp"}) {
      const std::string name = std::string("/proc/net/") + table;
      if (Slurp(name).find(four) != std::string::npos || Slurp(name + "6").find(six) != std::string::npos) {
        Report(world, "open to everybody");
      }
    }
  }
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_OPEN_PORT_H_
