// A descriptor is taken out of another process.

#include <fcntl.h>
#include <sys/syscall.h>

#include <cstring>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, VictimPid(), 0));
  const auto fd = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, kHeldDescriptor, 0));
  if (fd < 0) return RefusedToLook();
  char text[256];
  const ssize_t size = pread(fd, text, sizeof(text), 0);
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_pidfd_getfd", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
