// Memory as a file, written by way of the main thread's directory: a rule that allows /proc/*/mem means one's own.

#include <fcntl.h>

#include <cstring>

#include "tests/escapes/secret_holder.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const std::string victim = std::to_string(VictimPid());
  const int fd = open(("/proc/" + victim + "/task/" + victim + "/mem").c_str(), O_WRONLY);
  return pwrite(fd, "!", 1, static_cast<off_t>(HeldAddress())) != 1;
}

USHER_ESCAPE({.name = "g_proc_mem_write", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &Reported, .victim = &HoldSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
