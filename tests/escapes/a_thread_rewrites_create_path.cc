// The same race for a name that open(2) makes: judged in a folder of no interest, made among the git hooks.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Write(outside.world().work() + "/.git/hooks/update.sample", "#!/bin/sh\n"); }

int Attack(const World& world) {
  MakeDoors(world, world.work() + "/.git/hooks");
  char name[] = "s/pre-commit";
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] {
    close(static_cast<int>(syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0755)));
    unlink("t/pre-commit");
    return access(world.hook().c_str(), F_OK) == 0;
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "a_thread_rewrites_create_path",
              .row = "A: thread rewrites path",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &PlantedHook,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
