// POSIX shared memory of a program outside is written to.

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const std::string name = "/dev/shm/usher-test-" + std::to_string(getpid());
  Spill(name, "mine");
  Ready(world, name);
  for (int i = 0; i < 200; ++i, usleep(5'000)) {
    if (Slurp(name) == "mine") continue;
    Report(world, "changed");
    break;
  }
  unlink(name.c_str());
  for (;;) pause();
}

int Attack(const World&) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const bool wrote = Spill(Told("FROM_VICTIM"), "theirs");
  usleep(50'000);
  return wrote ? 0 : 1;
}

USHER_ESCAPE({.name = "g_shared_memory_write", .row = "G: SysV shm/msg/sem, POSIX mq, /dev/shm, key ring",
              .attack = &Attack, .escaped = &Reported, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
