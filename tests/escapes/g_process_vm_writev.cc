// Writing to the memory of another process.

#include <fcntl.h>
#include <sys/uio.h>

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

int Attack(const World&) {
  char mark[] = "!";
  const iovec here{mark, 1}, there{reinterpret_cast<void*>(There()), 1};
  return process_vm_writev(VictimPid(), &here, 1, &there, 1, 0) < 0;
}

USHER_ESCAPE({.name = "g_process_vm_writev", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &Reported, .victim = &Victim});

}  // namespace
}  // namespace usher::escapes
