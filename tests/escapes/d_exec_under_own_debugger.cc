// A debugger inside has the process when it starts a program, so that nobody else can attach to look at the new image,
// and a sibling races the path. It is found out at the first call that is held, which for this program is its loader's.

#include <sys/ptrace.h>

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Write(DeniedProgram(outside.world()), Slurp("/usr/bin/echo"));
  chmod(DeniedProgram(outside.world()).c_str(), 0755);
}

int Attack(const World& world) {
  MakeDoors(world, world.home() + "/denied");
  Spill("twin/program", Slurp("/usr/bin/true"));
  const int loot = OpenLoot(world);
  char* name = SharedPage();
  std::strcpy(name, "s/program");
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] {
    const pid_t child = fork();
    if (child == 0) {
      std::string ran(kRan, sizeof(kRan) - 2);
      char* const argv[] = {name, ran.data(), nullptr};
      dup2(loot, 1);
      ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      syscall(SYS_execve, name, argv, environ);
      _exit(1);
    }
    int status = 0;
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) ptrace(PTRACE_CONT, child, nullptr, nullptr);
    return !Slurp(world.loot()).empty();
  })
             ? 0
             : 1;
}

// No twin: the allowed neighbour lies in a directory that the floor had to leave out, and a program in the hands of a debugger
// is not run from a copy (docs/decisions/0004).
USHER_ESCAPE({.name = "d_exec_under_own_debugger",
              .row = "A: exec path",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
