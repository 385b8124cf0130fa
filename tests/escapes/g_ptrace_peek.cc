// A debugger reads what it likes.

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

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
  if (ptrace(PTRACE_ATTACH, VictimPid(), nullptr, nullptr) < 0) return 1;
  waitpid(VictimPid(), nullptr, 0);
  std::string text;
  for (unsigned long at = 0; at < sizeof(held); at += sizeof(long)) {
    const long word = ptrace(PTRACE_PEEKDATA, VictimPid(), reinterpret_cast<void*>(There() + at), nullptr);
    text.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  ptrace(PTRACE_DETACH, VictimPid(), nullptr, nullptr);
  return Loot(world, text) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_ptrace_peek", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace
}  // namespace usher::escapes
