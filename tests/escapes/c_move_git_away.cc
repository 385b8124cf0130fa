// The directory above the protected name is moved to where the name means nothing, filled there, and moved back.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string temporary = Told("TMPDIR") + "/aside";
  const auto plant = [&](const std::string& git) {
    mkdir((git + "/hooks").c_str(), 0755);
    Spill(git + "/hooks/pre-commit", "#!/bin/sh\n");
  };
  if (rename(".git", "aside") == 0) {
    plant("aside");
    rename("aside", ".git");
  }
  if (rename(".git", temporary.c_str()) == 0) {
    plant(temporary);
    rename(temporary.c_str(), ".git");
  }
  if (chdir("/") == 0 && rename(world.work().c_str(), temporary.c_str()) == 0) {
    plant(temporary + "/.git");
    rename(temporary.c_str(), world.work().c_str());
  }
  return 0;
}

// Moved away and not brought back is harm enough.
bool Escaped(Outside& outside) { return PlantedHook(outside) || !outside.Exists(outside.world().work() + "/.git"); }

int Twin(const World&) {
  return mkdir("sub", 0755) == 0 && Spill("sub/mine", "text") && rename("sub", "moved") == 0 &&
                 Slurp("moved/mine") == "text"
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "c_move_git_away",
              .row = "B: rename in / out, exchange",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
