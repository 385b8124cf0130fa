// Writing to the memory of another process.

#include <fcntl.h>
#include <sys/uio.h>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  char mark[] = "!";
  const iovec here{mark, 1}, there{reinterpret_cast<void*>(HeldAddress()), 1};
  return process_vm_writev(VictimPid(), &here, 1, &there, 1, 0) < 0;
}

USHER_ESCAPE({.name = "g_process_vm_writev", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp", .attack = &Attack,
              .escaped = &Reported, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
