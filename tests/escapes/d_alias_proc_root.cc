// The denied program by way of /proc/self/root, as an agent once found it: no rule starts with that.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) { return RunDenied(world, "/proc/self/root" + DeniedProgram(world)); }

int Twin(const World& world) {
  const std::string path = AllowedProgram(world);
  RunDenied(world, "/proc/self/root" + path);
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_alias_proc_root",
              .row = "D: alias",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
