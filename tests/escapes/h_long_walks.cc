// Names that take long to walk: 2000 components, and forty symbolic links to such names one after the other.

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  std::string name = world.work() + "/";
  while (name.size() < 4000) name += "d/../";
  mkdir((world.work() + "/d").c_str(), 0700);
  if (symlink((name + "d").substr(0, 4090).c_str(), (world.work() + "/l0").c_str()) < 0) return 1;
  const std::string own = "/proc/self/cwd/";  // walked by hand
  for (int i = 1; i < 40; ++i) {
    std::string target = own;
    while (target.size() < 4000) target += "d/../";
    target += "l" + std::to_string(i - 1);
    if (symlink(target.c_str(), (world.work() + "/l" + std::to_string(i)).c_str()) < 0) return 1;
  }
  const Crowd crowd(4, [&](int) {
    for (;;) close(open((own + "l38").c_str(), O_RDONLY));
  });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_long_walks", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
