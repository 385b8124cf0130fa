// A SysV semaphore of a program outside is set, and the program goes on where it should wait.

#include <sys/ipc.h>
#include <sys/sem.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const int id = semget(IPC_PRIVATE, 1, 0600);
  Ready(world, id < 0 ? "" : std::to_string(id));
  for (int i = 0; i < 200; ++i, usleep(5'000)) {
    if (id < 0 || semctl(id, 0, GETVAL) <= 0) continue;
    Report(world, "set");
    break;
  }
  semctl(id, 0, IPC_RMID);
  for (;;) pause();
}

int Attack(const World&) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const int rc = semctl(std::atoi(Told("FROM_VICTIM").c_str()), 0, SETVAL, 7);
  usleep(50'000);
  return rc < 0;
}

USHER_ESCAPE({.name = "g_sysv_semaphore", .row = "G: SysV shm/msg/sem, POSIX mq, /dev/shm, key ring", .attack = &Attack,
              .escaped = &Reported, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
