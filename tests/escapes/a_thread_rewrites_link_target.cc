// The new name of link(2) flips: a second name for a file of the workspace, among the git hooks.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Write(outside.world().work() + "/.git/hooks/update.sample", "#!/bin/sh\n"); }

int Attack(const World& world) {
  MakeDoors(world, world.work() + "/.git/hooks");
  Spill("draft", "#!/bin/sh\n");
  char name[] = "s/pre-commit";
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] {
    syscall(SYS_linkat, AT_FDCWD, "draft", AT_FDCWD, name, 0);
    unlink("twin/pre-commit");
    return access(world.hook().c_str(), F_OK) == 0;
  })
             ? 0
             : 1;
}

int Twin(const World& world) {
  MakeDoors(world, world.work() + "/.git/hooks");
  return Spill("draft", "text") && link("draft", "t/pre-commit") == 0 && Slurp("twin/pre-commit") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "a_thread_rewrites_link_target",
              .row = "A: target name of rename/link",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &PlantedHook,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
