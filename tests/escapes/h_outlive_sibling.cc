// CLONE_PARENT makes a child of one's parent: it is below nobody who is looked for.

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
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
  const long child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    setsid();
    Outlive(world);
  }
  return child < 0;
}

bool Escaped(Outside& outside) {
  usleep(700'000);
  return !outside.Read(outside.world().work() + "/late").empty();
}

USHER_ESCAPE({.name = "h_outlive_sibling", .row = "H: outlive it", .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
