// The memory of another process in one call.

#include <fcntl.h>
#include <sys/uio.h>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  char text[sizeof(held_secret)]{};
  const iovec here{text, sizeof(text)}, there{reinterpret_cast<void*>(HeldAddress()), sizeof(text)};
  return process_vm_readv(VictimPid(), &here, 1, &there, 1, 0) > 0 && Loot(world, text) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_process_vm_readv", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &TookSecret, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
