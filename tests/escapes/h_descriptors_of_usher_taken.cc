// The listener by which the supervisor answers: whoever has a copy answers himself. By pidfd_getfd(2), for every number.

#include <fcntl.h>
#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  dup2(open(world.secret().c_str(), O_RDONLY), 5);
  Ready(world, "holding");
  for (;;) pause();
}

int Attack(const World& world) {
  for (const pid_t pid : Superiors()) {
    const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    for (int number = 3; number < 64; ++number) {
      const auto fd = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, number, 0));
      if (fd >= 0) return Loot(world, World::secret_text()) ? 0 : 1;
      const std::string again = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(number);
      if (open(again.c_str(), O_RDONLY) >= 0) return Loot(world, World::secret_text()) ? 0 : 1;
    }
  }
  return 1;
}

USHER_ESCAPE({.name = "h_descriptors_of_usher_taken", .row = "H: take its listener", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
