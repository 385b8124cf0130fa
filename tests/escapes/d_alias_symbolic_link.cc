// A link in the workspace, where programs may be started, leads to the denied one.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string link = world.work() + "/harmless";
  if (symlink(DeniedProgram(world).c_str(), link.c_str()) < 0) return 1;
  return RunDenied(world, link);
}

int Twin(const World& world) {
  const std::string path = AllowedProgram(world);
  if (symlink(path.c_str(), "harmless") < 0) return 1;
  RunDenied(world, "./harmless");
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_alias_symbolic_link",
              .row = "D: alias",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
