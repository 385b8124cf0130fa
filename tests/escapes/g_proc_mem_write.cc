// Memory as a file, written by way of the main thread's directory: a rule that allows /proc/*/mem means one's own.

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

int Attack(const World&) {
  const std::string victim = std::to_string(VictimPid());
  const int fd = open(("/proc/" + victim + "/task/" + victim + "/mem").c_str(), O_WRONLY);
  return pwrite(fd, "!", 1, static_cast<off_t>(There())) != 1;
}

USHER_ESCAPE({.name = "g_proc_mem_write", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &Reported, .victim = &Victim});

}  // namespace
}  // namespace usher::escapes
