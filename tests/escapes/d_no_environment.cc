// cat without a single variable, so without whatever a sandbox might have left in there for its loader.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Cat(const World& world, std::string file) {
  char name[] = "cat";
  char* const argv[] = {name, file.data(), nullptr};
  return Run(OpenLoot(world), "/usr/bin/cat", argv, nullptr);
}

int Attack(const World& world) { return Cat(world, world.secret()); }

int Twin(const World& world) {
  Spill("own", "the allowed program ran\n");
  return Cat(world, "own"), AllowedProgramRan(world);
}

USHER_ESCAPE(
    {.name = "d_no_environment", .row = "D: no environment", .attack = &Attack, .escaped = &TookSecret, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
