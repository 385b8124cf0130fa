// The denied program by execveat(2): a descriptor of its folder, and a short name.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int folder = open((world.home() + "/denied").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  char name[] = "program";
  char* const argv[] = {name, nullptr};
  return RunWith(OpenLoot(world), [=] { syscall(SYS_execveat, folder, name, argv, environ, 0); });
}

int Twin(const World& world) {
  AllowedProgram(world);
  const int folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  char name[] = "allowed";
  char* const argv[] = {name, nullptr};
  RunWith(OpenLoot(world), [=] { syscall(SYS_execveat, folder, name, argv, environ, 0); });
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_alias_directory_descriptor",
              .row = "D: alias",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
