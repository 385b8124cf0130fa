// A descriptor is taken out of another process.

#include <fcntl.h>
#include <sys/syscall.h>

#include <cstring>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace {

char held[64];

// Holds the secret in its memory and in a descriptor, and tells where: the address is no secret.
int Victim(const World& world) {
  std::strcpy(held, World::secret_text().c_str());
  dup2(open(world.secret().c_str(), O_RDONLY), 50);
  Ready(world, std::to_string(reinterpret_cast<unsigned long>(held)));
  while (held[0] != '!') usleep(5'000);
  Report(world, "changed");
  for (;;) pause();
}

int Attack(const World& world) {
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, VictimPid(), 0));
  const auto fd = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, 50, 0));
  char text[256];
  const ssize_t size = pread(fd, text, sizeof(text), 0);
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_pidfd_getfd", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .victim = &Victim});

}  // namespace
}  // namespace usher::escapes
