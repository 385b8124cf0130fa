// kcmp(2) compares what two processes hold: whether they share a file, and by their order where the kernel keeps it.

#include <fcntl.h>
#include <sys/syscall.h>

#include <cstring>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const long order = syscall(SYS_kcmp, VictimPid(), getpid(), 0 /* KCMP_FILE */, kHeldDescriptor, 1);
  if (order < 0) return kCannotTry;  // or the kernel has none
  return Loot(world, std::string(World::secret_text())) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_kcmp", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &TookSecret, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
