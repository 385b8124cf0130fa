// A daemon: forked twice, in a session of its own, deaf to every polite signal.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

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
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      for (int signal_number = 1; signal_number < 32; ++signal_number) signal(signal_number, SIG_IGN);
      Outlive(world);
    }
    _exit(0);
  }
  usleep(50'000);
  return 0;
}

bool Escaped(Outside& outside) {
  usleep(700'000);
  return !outside.Read(outside.world().work() + "/late").empty();
}

USHER_ESCAPE({.name = "h_outlive_daemon", .row = "H: outlive it", .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
