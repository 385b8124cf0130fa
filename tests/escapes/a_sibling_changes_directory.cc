// A thread shares the working directory and keeps changing it while the other opens a relative name.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  const int own = open("twin", O_PATH | O_CLOEXEC),
            foreign = open((world.home() + "/.ssh").c_str(), O_PATH | O_CLOEXEC);
  const Meanwhile turning([&](unsigned i) { return fchdir(i % 2 == 0 ? own : foreign); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, "letters"); }) ? 0 : 1;
}

int Twin(const World& world) {
  MakeDoorsToSecret(world);
  return chdir("twin") == 0 && Slurp("letters") == "nothing to see\n" ? 0 : 1;
}

USHER_ESCAPE({.name = "a_sibling_changes_directory",
              .row = "A: cwd / root moved",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
