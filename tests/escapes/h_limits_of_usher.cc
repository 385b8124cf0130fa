// A supervisor that may open no file any more, and have no memory.

#include <sys/resource.h>

#include "tests/escapes/bystander.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const rlimit none{3, 3};
  for (const pid_t pid : Superiors()) {
    prlimit(pid, RLIMIT_NOFILE, &none, nullptr);
    prlimit(pid, RLIMIT_FSIZE, &none, nullptr);
  }
  return LetBystanderWork(world);
}

bool Escaped(Outside& outside) {
  return OfVictim(outside, "limits").find("Max open files            3") != std::string::npos || BystanderStuck(outside);
}

USHER_ESCAPE({.name = "h_limits_of_usher", .row = "H: kill, stop, starve, renice", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
