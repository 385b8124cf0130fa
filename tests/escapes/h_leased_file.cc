// A lease makes every open of the file wait for its holder, who does not give way, for lease-break-time seconds. It wants no
// more than to read: the file may be the person's. So none is given.

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string file = world.work() + "/leased";
  Spill(file, "text");
  const int fd = open(file.c_str(), O_RDWR);
  signal(SIGIO, SIG_IGN);
  if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0) return LetBystanderWork(world);
  const Crowd crowd(20, [&](int i) {
    close(open(file.c_str(), i % 2 == 0 ? O_RDONLY : O_WRONLY | O_TRUNC));
  });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_leased_file", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
