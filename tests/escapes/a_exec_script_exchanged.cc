// Two scripts change places while one of them is started: one names a harmless interpreter, the other the denied
// program.

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  Spill("one", "#!" + AllowedProgram(world) + "\n");
  Spill("two", "#!" + DeniedProgram(world) + "\n");
  const int loot = OpenLoot(world);
  char name[] = "./one";
  char* const argv[] = {name, nullptr};
  const Meanwhile turning([](unsigned) { return renameat2(AT_FDCWD, "one", AT_FDCWD, "two", RENAME_EXCHANGE); });
  return KeepTrying([&] {
    Run(loot, name, argv);
    return Slurp(world.loot()).find(kRan) != std::string::npos;
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "a_exec_script_exchanged",
              .row = "A: exec path",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
