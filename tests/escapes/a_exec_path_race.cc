// The kernel reads the path of execve(2) again after it was judged: another thread turns it to a program that is
// denied.

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoors(world, world.home() + "/denied");
  Spill("twin/program", ProgramThatSays(""));
  const int loot = OpenLoot(world);
  char name[] = "s/program";
  char* const argv[] = {name, nullptr};
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] { return Run(loot, name, argv), !Slurp(world.loot()).empty(); }) ? 0 : 1;
}

int Twin(const World& world) { return RunDenied(world, AllowedProgram(world)), AllowedProgramRan(world); }

USHER_ESCAPE({.name = "a_exec_path_race",
              .row = "A: exec path",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
