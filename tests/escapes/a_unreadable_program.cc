// A program that may be run but not read makes its process undumpable without a call that could be refused. Here it is
// cat.

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string cat = world.work() + "/cat";
  Spill(cat, Slurp("/usr/bin/cat"));
  chmod(cat.c_str(), 0111);
  char name[] = "cat";
  std::string file = world.secret();
  char* const argv[] = {name, file.data(), nullptr};
  return Run(OpenLoot(world), cat.c_str(), argv);
}

USHER_ESCAPE({.name = "a_unreadable_program",
              .row = "A: memory the supervisor cannot read",
              .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
