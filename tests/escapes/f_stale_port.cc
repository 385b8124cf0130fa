// A port that was the sandbox's own is free to dial. It is given up, somebody outside takes it, and it is dialled once more.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  Ready(world, "waiting for a port");
  for (;; usleep(2'000)) {
    const int port = std::atoi(Slurp(world.work() + "/port").c_str());
    const int server = port == 0 ? -1 : Serve(Internet("127.0.0.1", port));
    if (server < 0) continue;
    if (accept(server, nullptr, nullptr) >= 0) Report(world, "visited");
  }
}

int Attack(const World& world) {
  const int own = Serve(Internet("127.0.0.1", 0)), port = PortOf(own);
  close(own);
  Spill(world.work() + "/port", std::to_string(port));
  for (int i = 0; i < 100; ++i, usleep(10'000)) {
    if (Dial(Internet("127.0.0.1", port)) >= 0) return 0;
  }
  return 1;
}

USHER_ESCAPE({.name = "f_stale_port", .row = "F: listen, listen without bind, SO_REUSEPORT", .attack = &Attack,
              .escaped = &Reported, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
