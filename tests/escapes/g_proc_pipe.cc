// The pipe through which a program outside is told what to do: a command line, say.

#include <fcntl.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Twin(const World&) {  // a pipe of our own
  int ends[2];
  char byte;
  if (pipe(ends) < 0) return 1;
  const int again = open(("/proc/self/fd/" + std::to_string(ends[0])).c_str(), O_WRONLY);
  return write(again, "x", 1) == 1 && read(ends[0], &byte, 1) == 1 ? 0 : 2;
}

int Victim(const World& world) {
  int ends[2];
  if (pipe(ends) < 0) return 1;
  dup2(ends[0], 50);
  Ready(world, "holding");
  char byte;
  if (read(50, &byte, 1) == 1) Report(world, "told");
  for (;;) pause();
}

// A handle grants nothing and is nobody's business; opened anew it is a file without a name, as our own pipes are.
int Attack(const World&) {
  const int handle = open(("/proc/" + std::to_string(VictimPid()) + "/fd/50").c_str(), O_PATH);
  const std::string again = "/proc/self/fd/" + std::to_string(handle);
  const int pipe = open(again.c_str(), O_WRONLY);
  return write(pipe, "rm -rf", 6) != 6;
}

USHER_ESCAPE({.name = "g_proc_pipe", .row = "G: ptrace, process_vm_*, /proc/PID/mem, pidfd_getfd, kcmp",
              .attack = &Attack, .escaped = &Reported, .twin = &Twin, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
