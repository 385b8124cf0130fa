// The denied program by execveat(2) of nothing but a descriptor (AT_EMPTY_PATH).

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int fd = open(DeniedProgram(world).c_str(), O_PATH | O_CLOEXEC);
  char name[] = "program";
  char* const argv[] = {name, nullptr};
  return RunWith(OpenLoot(world), [=] { syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH); });
}

int Twin(const World& world) {
  const int fd = open(AllowedProgram(world).c_str(), O_PATH | O_CLOEXEC);
  char name[] = "allowed";
  char* const argv[] = {name, nullptr};
  RunWith(OpenLoot(world), [=] { syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH); });
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_alias_empty_path",
              .row = "D: alias",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
