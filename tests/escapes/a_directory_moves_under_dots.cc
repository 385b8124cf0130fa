// The working directory itself is moved while ".." is walked from it: from deep in the workspace the name leads to a
// neighbour there, from higher up to the keys.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  for (const char* folder : {"deep", "deep/home", "deep/home/.ssh", "deep/work", "deep/work/here"}) mkdir(folder, 0755);
  Spill("deep/home/.ssh/letters", "nothing to see\n");
  if (chdir("deep/work/here") < 0) return 1;
  const std::string deep = world.work() + "/deep/work/here", high = world.work() + "/here";
  const Meanwhile turning(
      [&](unsigned i) { return i % 2 == 0 ? rename(deep.c_str(), high.c_str()) : rename(high.c_str(), deep.c_str()); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, "../../home/.ssh/letters"); }) ? 0 : 1;
}

int Twin(const World&) {
  for (const char* folder : {"deep", "deep/here"}) mkdir(folder, 0755);
  return chdir("deep/here") == 0 && Spill("../own", "text") && Slurp("../../deep/own") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "a_directory_moves_under_dots",
              .row = "A: cwd / root moved",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
