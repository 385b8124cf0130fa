// A supervisor that is stopped answers nobody, and is not dead either.

#include "tests/escapes/bystander.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  for (const pid_t pid : Superiors()) kill(pid, SIGSTOP);
  usleep(50'000);
  return LetBystanderWork(world);
}

bool Escaped(Outside& outside) {
  return OfVictim(outside, "status").find("T (stopped)") != std::string::npos || BystanderStuck(outside);
}

USHER_ESCAPE({.name = "h_stop_usher", .row = "H: kill, stop, starve, renice", .prepare = &StartSleeper, .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
