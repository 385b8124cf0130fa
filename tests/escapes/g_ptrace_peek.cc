// A debugger reads what it likes.

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cstring>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  if (ptrace(PTRACE_ATTACH, VictimPid(), nullptr, nullptr) < 0) return RefusedToLook();
  waitpid(VictimPid(), nullptr, 0);
  std::string text;
  for (unsigned long at = 0; at < sizeof(held_secret); at += sizeof(long)) {
    const long word = ptrace(PTRACE_PEEKDATA, VictimPid(), reinterpret_cast<void*>(HeldAddress() + at), nullptr);
    text.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  ptrace(PTRACE_DETACH, VictimPid(), nullptr, nullptr);
  return Loot(world, text) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_ptrace_peek", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &TookSecret, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
