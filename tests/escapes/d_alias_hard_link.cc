// A second name in the workspace for the denied program.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string link = world.work() + "/harmless";
  if (linkat(AT_FDCWD, DeniedProgram(world).c_str(), AT_FDCWD, link.c_str(), 0) < 0) return 1;
  return RunDenied(world, link);
}

int Twin(const World& world) {
  const std::string path = AllowedProgram(world);
  if (link(path.c_str(), "harmless") < 0) return 1;
  RunDenied(world, "./harmless");
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_alias_hard_link",
              .row = "D: alias",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
