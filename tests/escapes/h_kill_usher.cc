// No supervisor, no verdict: it is killed, and so is the keeper.

#include "tests/escapes/bystander.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  for (const pid_t pid : Superiors()) kill(pid, SIGKILL);
  return LetBystanderWork(world);
}

bool Escaped(Outside& outside) {
  return VictimDied(outside) || BystanderStuck(outside);
}

USHER_ESCAPE({.name = "h_kill_usher", .row = "H: kill, stop, starve, renice", .prepare = &StartSleeper, .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
