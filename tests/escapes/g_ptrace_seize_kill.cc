// PTRACE_SEIZE stops nobody, and PTRACE_O_EXITKILL ends him with us.

#include <fcntl.h>
#include <sys/ptrace.h>

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

int Attack(const World&) {
  return ptrace(PTRACE_SEIZE, VictimPid(), nullptr, PTRACE_O_EXITKILL) < 0;
}

USHER_ESCAPE({.name = "g_ptrace_seize_kill", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &VictimDied, .victim = &Victim});

}  // namespace
}  // namespace usher::escapes
