// While one thread's exec takes all others down, the others are in the middle of opening the secret. A thread id that
// has just become another process's must not carry an answer over.

#include "tests/escapes/racing.h"
#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  const int loot = OpenLoot(world);
  return KeepTrying([&] {
    const pid_t child = fork();
    if (child == 0) {
      dup2(loot, 1);
      char name[] = "s/letters";
      const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
      const Meanwhile opening([&](unsigned) { OpenAndTakeSecret(world, name); });
      char cat[] = "cat", file[] = "s/letters";
      char* const argv[] = {cat, file, nullptr};
      std::thread([&] { syscall(SYS_execve, "/usr/bin/cat", argv, environ); }).join();
      _exit(1);
    }
    waitpid(child, nullptr, 0);
    return Slurp(world.loot()).find(World::secret_text()) != std::string::npos;
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "d_thread_execs_while_opening",
              .row = "D: thread exec",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
