// kcmp(2) compares what two processes hold: whether they share a file, and by their order where the kernel keeps it.

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
  const long order = syscall(SYS_kcmp, VictimPid(), getpid(), 0 /* KCMP_FILE */, 50, 1);
  if (order < 0) return kCannotTry;  // or the kernel has none
  return Loot(world, std::string(World::secret_text())) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_kcmp", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace
}  // namespace usher::escapes
