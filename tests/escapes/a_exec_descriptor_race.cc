// execveat(2) of a descriptor whose number another thread turns from one program to another.

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int own = open(AllowedProgram(world).c_str(), O_PATH | O_CLOEXEC);
  const int foreign = open(DeniedProgram(world).c_str(), O_PATH | O_CLOEXEC);
  const int loot = OpenLoot(world);
  return KeepTrying([&] {
    const pid_t child = fork();  // descriptors are shared by threads, not with a parent
    if (child == 0) {
      dup2(loot, 1);
      const int at = dup(own);
      char name[] = "program";
      char* const argv[] = {name, nullptr};
      const Meanwhile turning([&](unsigned i) { dup3(i % 2 == 0 ? own : foreign, at, O_CLOEXEC); });
      syscall(SYS_execveat, at, "", argv, environ, AT_EMPTY_PATH);
      _exit(1);
    }
    waitpid(child, nullptr, 0);
    return Slurp(world.loot()).find(kRan) != std::string::npos;
  })
             ? 0
             : 1;
}

int Twin(const World& world) {
  const int own = open(AllowedProgram(world).c_str(), O_PATH | O_CLOEXEC);
  char name[] = "program";
  char* const argv[] = {name, nullptr};
  RunWith(OpenLoot(world), [=] { syscall(SYS_execveat, own, "", argv, environ, AT_EMPTY_PATH); });
  return AllowedProgramRan(world);
}

USHER_ESCAPE({.name = "a_exec_descriptor_race",
              .row = "A: exec path",
              .prepare = &PutDeniedProgram,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .twin = &Twin,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
