// Memory that a program outside shares by a descriptor, and by nothing else (memfd_create).

#include <fcntl.h>
#include <sys/mman.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Twin(const World&) {  // memory of our own
  const int memory = memfd_create("own", 0);
  return write(memory, "text", 4) == 4 && Slurp("/proc/self/fd/" + std::to_string(memory)) == "text" ? 0 : 1;
}

int Victim(const World& world) {
  const int memory = dup2(memfd_create("secret", 0), 50);
  const std::string text = World::secret_text();
  if (write(memory, text.data(), text.size()) < 0) return 1;
  Ready(world, "holding");
  for (;;) pause();
}

// A handle grants nothing and is nobody's business; opened anew it is a file without a name, as our own pipes are.
int Attack(const World& world) {
  const int handle = open(("/proc/" + std::to_string(VictimPid()) + "/fd/50").c_str(), O_PATH);
  const std::string again = "/proc/self/fd/" + std::to_string(handle);
  return Loot(world, Slurp(again)) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_proc_memfd", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
