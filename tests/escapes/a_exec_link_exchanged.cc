// The path of execve(2) stays the same, but a link on it changes places with a folder before the kernel walks it.

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoors(world, world.home() + "/denied");
  Spill("twin/program", ProgramThatSays(""));
  const int loot = OpenLoot(world);
  char name[] = "twin/program";
  char* const argv[] = {name, nullptr};
  const Meanwhile turning([](unsigned) { return renameat2(AT_FDCWD, "twin", AT_FDCWD, "s", RENAME_EXCHANGE); });
  return KeepTrying([&] { return Run(loot, name, argv), !Slurp(world.loot()).empty(); }) ? 0 : 1;
}

USHER_ESCAPE({.name = "a_exec_link_exchanged",
              .row = "A: exec path",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
