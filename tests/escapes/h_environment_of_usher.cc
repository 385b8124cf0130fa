// What the policy masks in the sandbox's environment still stands in the supervisor's, and in the keeper's.

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Tell("DEPLOY_TOKEN", World::secret_text());  // masked by its name
  StartSleeper(outside);
}

int Attack(const World& world) {
  for (const pid_t pid : Superiors()) {
    for (const char* file : {"/environ", "/cmdline"}) {
      const std::string text = Slurp("/proc/" + std::to_string(pid) + file);
      if (text.find(World::secret_text()) != std::string::npos) return Loot(world, text) ? 0 : 1;
    }
  }
  return 1;
}

USHER_ESCAPE({.name = "h_environment_of_usher", .row = "H: read it or its parents", .prepare = &Prepare,
              .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
