// A script whose interpreter is a script whose interpreter is the denied program: who looks at the first "#!" only sees
// two files of the workspace.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  Spill("second", "#!" + DeniedProgram(world) + "\n");
  Spill("first", "#!" + world.work() + "/second\n");
  return RunDenied(world, "./first");
}

int Twin(const World& world) {
  Spill("second", "#!" + AllowedProgram(world) + " -x\n");
  Spill("first", "#!" + world.work() + "/second -y\n");
  return RunDenied(world, "./first"), AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_interpreter_chain",
              .row = "D: shebang chain",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
