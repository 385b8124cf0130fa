// Programs are given their passwords in the environment, and /proc shows it to everybody of the same user.

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Tell("VICTIM", std::to_string(outside.StartVictim({"env", "PIN=" + World::secret_text(), "sleep", "60"})));
  usleep(20'000);  // env has become sleep
}

int Attack(const World& world) {
  LootVictim(world, "environ");
  return 0;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, kRoads); }

// What a process inside was given is its own to read.
int Twin(const World&) {
  return Slurp("/proc/self/environ").find("HOME=") != std::string::npos &&
                 Slurp(NameOfDescriptor(Pin("/proc/self/environ"))).find("HOME=") != std::string::npos
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "i_outside_environment",
              .row = "I: /proc/PID/cmdline, environ",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
