// /proc/PID/mem as an O_PATH handle, which nobody judges, opened anew through /proc/self/fd.

#include <fcntl.h>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int handle = open(("/proc/" + std::to_string(VictimPid()) + "/mem").c_str(), O_PATH);
  const int fd = open(("/proc/self/fd/" + std::to_string(handle)).c_str(), O_RDONLY);
  char text[sizeof(held_secret)]{};
  return pread(fd, text, sizeof(text), static_cast<off_t>(HeldAddress())) > 0 && Loot(world, text) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_proc_mem_path_handle", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
