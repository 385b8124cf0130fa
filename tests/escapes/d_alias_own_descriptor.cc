// The denied program by the magic link of a descriptor, which is a number and no name.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = open(DeniedProgram(world).c_str(), O_PATH);
  return RunDenied(world, "/proc/self/fd/" + std::to_string(fd));
}

int Twin(const World& world) {
  const std::string path = AllowedProgram(world);
  RunDenied(world, "/proc/self/fd/" + std::to_string(open(path.c_str(), O_PATH)));
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_alias_own_descriptor",
              .row = "D: alias",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
