// A thread that is not the first starts a program and takes over the process's id on the way, while another thread
// races the path: whoever keeps what he knows by thread id loses sight of it.

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
      char name[] = "s/program";
      char* const argv[] = {name, nullptr};
      const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
      std::thread([&] { syscall(SYS_execve, name, argv, environ); }).join();
      _exit(1);
    }
    waitpid(child, nullptr, 0);
    return !Slurp(world.loot()).empty();
  })
             ? 0
             : 1;
}

int Twin(const World& world) {
  const std::string path = AllowedProgram(world);
  const int loot = OpenLoot(world);
  const pid_t child = fork();
  if (child == 0) {
    dup2(loot, 1);
    char name[] = "allowed";
    char* const argv[] = {name, nullptr};
    std::thread([&] { syscall(SYS_execve, path.c_str(), argv, environ); }).join();
    _exit(1);
  }
  waitpid(child, nullptr, 0);
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "d_thread_execs",
              .row = "D: thread exec",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
