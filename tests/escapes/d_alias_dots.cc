// The denied program by a name that begins in the workspace and climbs out of it.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) { return RunDenied(world, world.work() + "/./.git/../../home//denied/./program"); }

int Twin(const World& world) {
  const std::string path = AllowedProgram(world);
  RunDenied(world, world.work() + "/.git/../../work//allowed");
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_alias_dots",
              .row = "D: alias",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
