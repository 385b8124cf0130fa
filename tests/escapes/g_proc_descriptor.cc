// What another process has open can be opened again: /proc/PID/fd/N.

#include <fcntl.h>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  return Loot(world, Slurp("/proc/" + std::to_string(VictimPid()) + "/fd/" + std::to_string(kHeldDescriptor))) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_proc_descriptor", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
