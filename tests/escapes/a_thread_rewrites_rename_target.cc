// The destination of rename(2) flips: judged as a file of the workspace, it arrives as a git hook.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Write(outside.world().work() + "/.git/hooks/update.sample", "#!/bin/sh\n"); }

int Attack(const World& world) {
  MakeDoors(world, world.work() + "/.git/hooks");
  char name[] = "s/pre-commit";
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] {
    close(open("draft", O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
    syscall(SYS_renameat2, AT_FDCWD, "draft", AT_FDCWD, name, 0);
    return access(world.hook().c_str(), F_OK) == 0;
  })
             ? 0
             : 1;
}

int Twin(const World& world) {
  MakeDoors(world, world.work() + "/.git/hooks");
  return Spill("draft", "text") && rename("draft", "t/pre-commit") == 0 && Slurp("twin/pre-commit") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "a_thread_rewrites_rename_target",
              .row = "A: target name of rename/link",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &PlantedHook,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
