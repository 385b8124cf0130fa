// SysV shared memory has a number and no name: whoever is of the same user attaches it.

#include <sys/shm.h>

#include <cstring>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const int id = shmget(IPC_PRIVATE, 4096, 0600);
  if (id >= 0) {
    std::strcpy(static_cast<char*>(shmat(id, nullptr, 0)), World::secret_text().c_str());
    shmctl(id, IPC_RMID, nullptr);  // gone with the last of us; until then it can still be attached
  }
  Ready(world, id < 0 ? "" : std::to_string(id));
  for (;;) pause();
}

int Attack(const World& world) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const void* memory = shmat(std::atoi(Told("FROM_VICTIM").c_str()), nullptr, SHM_RDONLY);
  if (memory == reinterpret_cast<void*>(-1)) return 1;
  return Loot(world, static_cast<const char*>(memory)) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_sysv_memory", .row = "G: SysV shm/msg/sem, POSIX mq, /dev/shm, key ring", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
