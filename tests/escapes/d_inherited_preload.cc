// What the person's shell would load into every program (LD_PRELOAD, LD_AUDIT) is no business of the sandbox: it may
// hold another tool's hooks, and anything it says would be said to them.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Tell("LD_PRELOAD", "libm.so.6");
  outside.Tell("LD_AUDIT", "/nonexistent.so");
}

int Attack(const World& world) { return Loot(world, Told("LD_PRELOAD") + Told("LD_AUDIT")) ? 0 : 1; }

// What the sandbox sets for its own programs holds.
int Twin(const World& world) {
  char name[] = "sh", option[] = "-c", script[] = "echo the allowed program ran $LD_PRELOAD",
       preload[] = "LD_PRELOAD=libm.so.6";
  char* const argv[] = {name, option, script, nullptr};
  char* const envp[] = {preload, nullptr};
  Run(OpenLoot(world), "/bin/sh", argv, envp);
  return Slurp(world.loot()) == "the allowed program ran libm.so.6\n" ? 0 : 1;
}

USHER_ESCAPE({.name = "d_inherited_preload",
              .row = "D: LD_PRELOAD, LD_AUDIT",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = [](Outside& outside) { return !outside.Read(outside.world().loot()).empty(); },
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
