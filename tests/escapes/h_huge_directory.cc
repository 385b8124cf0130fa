// A directory with very many entries is renamed, removed and opened again and again.

#include <cstdio>

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  mkdir((world.work() + "/huge").c_str(), 0700);
  for (int i = 0; i < 3000; ++i) symlink("x", (world.work() + "/huge/" + std::to_string(i)).c_str());
  const Crowd crowd(8, [&](int i) {
    const std::string one = world.work() + "/huge", two = world.work() + "/huge" + std::to_string(i);
    for (;;) {
      rename(one.c_str(), two.c_str());
      rmdir(two.c_str());
      rename(two.c_str(), one.c_str());
    }
  });
  usleep(300'000);
  return LetBystanderWork(world);
}

USHER_ESCAPE({.name = "h_huge_directory", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
