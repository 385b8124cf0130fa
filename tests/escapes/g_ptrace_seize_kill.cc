// PTRACE_SEIZE stops nobody, and PTRACE_O_EXITKILL ends him with us.

#include <fcntl.h>
#include <sys/ptrace.h>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  return ptrace(PTRACE_SEIZE, VictimPid(), nullptr, PTRACE_O_EXITKILL) < 0;
}

USHER_ESCAPE({.name = "g_ptrace_seize_kill", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &VictimDied, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
