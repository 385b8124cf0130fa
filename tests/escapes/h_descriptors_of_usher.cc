// Every held connect costs the supervisor a descriptor, and so does every terminal: until it has none left.

#include <thread>

#include "tests/escapes/bystander.h"
#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int server = Serve(Internet("127.0.0.1", 0));
  listen(server, 0);
  const Address there = Internet("127.0.0.1", PortOf(server));
  const Crowd crowd(3, [&](int) {
    for (int i = 0; i < 80; ++i) {
      open("/dev/ptmx", O_RDWR | O_NOCTTY);
      std::thread([there] { Dial(there); }).detach();
    }
  });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_descriptors_of_usher", .row = "H: flood, killed callers, no fd left", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
