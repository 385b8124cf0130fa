// Programs are given their passwords as arguments, and /proc shows these to everybody.

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  const int victim = outside.StartVictim({"sh", "-c", "kill -STOP $$", World::secret_text()});
  outside.Tell("VICTIM", std::to_string(victim));
}

int Attack(const World& world) {
  LootVictim(world, "cmdline");
  return 0;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, kRoads); }

int Twin(const World& world) {
  const std::string pid = std::to_string(getpid());
  return Slurp("/proc/" + pid + "/cmdline").find(world.root) != std::string::npos &&
                 SlurpAt(Pin("/proc/" + pid), "cmdline").find(world.root) != std::string::npos
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "i_outside_command_line",
              .row = "I: /proc/PID/cmdline, environ",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
