// A script in the workspace names the denied program as its interpreter: the kernel starts another program than was
// named.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  Spill("script", "#! " + DeniedProgram(world) + " -\n");
  return RunDenied(world, "./script");
}

int Twin(const World& world) {
  Spill("script", "#! " + AllowedProgram(world) + " -\n");
  return RunDenied(world, "./script"), AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_interpreter_denied",
              .row = "D: shebang chain",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
