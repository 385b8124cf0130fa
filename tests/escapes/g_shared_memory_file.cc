// POSIX shared memory lies in /dev/shm, where everybody may write and names are easily listed.

#include <sys/stat.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const std::string name = "/dev/shm/usher-test-" + std::to_string(getpid());
  Spill(name, World::secret_text());
  chmod(name.c_str(), 0600);
  Ready(world, name);
  usleep(900'000);
  unlink(name.c_str());
  for (;;) pause();
}

int Attack(const World& world) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  return Loot(world, Slurp(Told("FROM_VICTIM"))) ? 0 : 1;
}

int Twin(const World&) {
  const std::string own = "/dev/shm/usher-test-own-" + std::to_string(getpid());
  const bool works = Spill(own, "text") && Slurp(own) == "text";
  return unlink(own.c_str()) == 0 && works ? 0 : 1;
}

USHER_ESCAPE({.name = "g_shared_memory_file", .row = "G: SysV shm/msg/sem, POSIX mq, /dev/shm, key ring",
              .attack = &Attack, .escaped = &TookSecret, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
