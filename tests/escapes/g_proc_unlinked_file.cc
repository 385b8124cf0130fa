// A file that a program outside has open and has unlinked, so that nobody gets at it.

#include <fcntl.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Twin(const World& world) {  // a file of our own without a name, by way of its descriptor
  const std::string name = world.work() + "/unlinked";
  Spill(name, "text");
  const int fd = open(name.c_str(), O_RDONLY);
  return unlink(name.c_str()) == 0 && Slurp("/proc/self/fd/" + std::to_string(fd)) == "text" ? 0 : 1;
}

int Victim(const World& world) {
  const std::string name = world.home() + "/unlinked";
  Spill(name, World::secret_text());
  dup2(open(name.c_str(), O_RDONLY), 50);
  unlink(name.c_str());
  Ready(world, "holding");
  for (;;) pause();
}

// A handle grants nothing and is nobody's business; opened anew it is a file without a name, as our own pipes are.
int Attack(const World& world) {
  const int handle = open(("/proc/" + std::to_string(VictimPid()) + "/fd/50").c_str(), O_PATH);
  const std::string again = "/proc/self/fd/" + std::to_string(handle);
  return Loot(world, Slurp(again)) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_proc_unlinked_file", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &TookSecret, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
