// The descriptors of another process by a relative name: chdir(2) stays in the kernel.

#include <fcntl.h>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  if (chdir(("/proc/" + std::to_string(VictimPid()) + "/fd").c_str()) < 0) return 1;
  return Loot(world, Slurp(std::to_string(kHeldDescriptor))) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_proc_descriptor_relative", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
