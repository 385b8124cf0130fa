// A child that forks and ends at once, and its child as well: the list of processes is old before it has been read.

#include <fcntl.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Still here when the command has long ended.
[[noreturn]] void Outlive(const World& world) {
  usleep(400'000);
  const int fd = open((world.work() + "/late").c_str(), O_RDWR);  // made before: opening is all that is left to do
  _exit(write(fd, "late", 4) == 4 ? 0 : 1);
}

int Attack(const World& world) {
  Spill(world.work() + "/late", "");
  for (int runner = 0; runner < 3; ++runner) {
    if (fork() != 0) continue;
    setsid();
    for (int i = 0; i < 200; ++i) {
      if (fork() != 0) _exit(0);
    }
    Outlive(world);
  }
  usleep(20'000);
  return 0;
}

bool Escaped(Outside& outside) {
  usleep(700'000);
  return !outside.Read(outside.world().work() + "/late").empty();
}

USHER_ESCAPE({.name = "h_outrun_keeper", .row = "H: outlive it", .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
