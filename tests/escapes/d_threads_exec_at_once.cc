// Two threads start programs at the same moment. One of them wins and becomes the process, the other is gone: an answer
// that was meant for the one must not serve the other.

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoors(world, world.home() + "/denied");
  Spill("twin/program", ProgramThatSays(""));
  const int loot = OpenLoot(world);
  return KeepTrying([&] {
    const pid_t child = fork();
    if (child == 0) {
      dup2(loot, 1);
      char name[] = "s/program", harmless[] = "t/program";
      char* const argv[] = {name, nullptr};
      std::thread other([&] { syscall(SYS_execve, harmless, argv, environ); });
      std::thread third([&] { TurnDoor(name, 0), TurnDoor(name, 1), syscall(SYS_execve, harmless, argv, environ); });
      syscall(SYS_execve, name, argv, environ);
      other.join();
      third.join();
      _exit(1);
    }
    waitpid(child, nullptr, 0);
    return !Slurp(world.loot()).empty();
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "d_threads_exec_at_once",
              .row = "D: thread exec",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
