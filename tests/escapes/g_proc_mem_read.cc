// Memory as a file: /proc/PID/mem.

#include <fcntl.h>

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

unsigned long There() { return std::strtoul(Told("FROM_VICTIM").c_str(), nullptr, 10); }

int Attack(const World& world) {
  const int fd = open(("/proc/" + std::to_string(VictimPid()) + "/mem").c_str(), O_RDONLY);
  char text[sizeof(held)]{};
  return pread(fd, text, sizeof(text), static_cast<off_t>(There())) > 0 && Loot(world, text) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_proc_mem_read", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace
}  // namespace usher::escapes
