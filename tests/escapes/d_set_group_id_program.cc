// cat with the set-group-id bit of group root reads what only that group may. As an ordinary user; root can read it
// anyway.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  if (geteuid() != 0) return;  // only root can make such a program
  const std::string cat = outside.world().home() + "/.local/bin/cat", file = outside.world().work() + "/roots";
  outside.Write(cat, Slurp("/usr/bin/cat"));
  outside.Write(file, World::secret_text());
  if (chown(cat.c_str(), 0, 0) < 0 || chmod(cat.c_str(), 02755) < 0) return;
  if (chown(file.c_str(), 0, 0) < 0 || chmod(file.c_str(), 0040) < 0) return;
  outside.Tell("CAT", cat);
}

int Attack(const World& world) {
  if (Told("CAT").empty()) return std::puts("only root can prepare this"), kCannotTry;
  std::string file = world.work() + "/roots";
  char name[] = "cat";
  char* const argv[] = {name, file.data(), nullptr};
  return Run(OpenLoot(world), Told("CAT").c_str(), argv);
}

// The program runs all the same, with the rights that the caller has.
int Twin(const World& world) {
  if (Told("CAT").empty()) return 0;
  Spill("own", "the allowed program ran\n");
  char name[] = "cat", file[] = "own";
  char* const argv[] = {name, file, nullptr};
  return Run(OpenLoot(world), Told("CAT").c_str(), argv), AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_set_group_id_program",
              .row = "D: set-uid/set-gid/file caps",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin,
              .needs_user = true});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
