// A directory so deep that no name reaches it, and calls from down there.

#include "tests/escapes/bystander.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  mkdir((world.work() + "/deep").c_str(), 0700);
  if (chdir((world.work() + "/deep").c_str()) < 0) return 1;
  const std::string part(250, 'd');
  for (int i = 0; i < 300; ++i) {
    if (mkdir(part.c_str(), 0700) < 0 || chdir(part.c_str()) < 0) break;
  }
  const Crowd crowd(8, [&](int) {
    for (;;) close(open("file", O_RDWR | O_CREAT, 0600));
  });
  usleep(100'000);
  const int code = LetBystanderWork(world);
  return code;
}

USHER_ESCAPE({.name = "h_deep_directories", .row = "H: wedge: FIFO, lease, backlog", .attack = &Attack,
              .escaped = &BystanderStuck, .needs_usher = kNothingToWedge});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
