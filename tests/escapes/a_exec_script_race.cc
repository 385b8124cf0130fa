// Two scripts with the same interpreter, one of them denied. The path turns from one to the other, and what runs in the
// end is the same shell: only the name that the kernel put on the new stack tells them apart.

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Write(DeniedProgram(outside.world()), std::string("#!/bin/sh\necho ") + kRan);
  chmod(DeniedProgram(outside.world()).c_str(), 0755);
}

int Attack(const World& world) {
  MakeDoors(world, world.home() + "/denied");
  Spill("twin/program", "#!/bin/sh\n");
  const int loot = OpenLoot(world);
  char name[] = "s/program";
  char* const argv[] = {name, nullptr};
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] { return Run(loot, name, argv), !Slurp(world.loot()).empty(); }) ? 0 : 1;
}

int Twin(const World& world) {
  Spill("script", "#!/bin/sh -e\necho the allowed program ran\n");
  return RunDenied(world, "./script"), AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "a_exec_script_race",
              .row = "A: exec path",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
