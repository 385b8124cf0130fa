// A shell outside reads its commands from a pipe: whoever gets hold of the pipe by way of /proc can give it some.

#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"

namespace usher::escapes {
namespace {

void Prepare(Outside& outside) {
  StartShell(outside,
             "cd ../home && mkfifo orders && exec 3<>orders && rm orders && exec 4<&3 && "
             "while read -r line <&3; do echo \"$line\" >>obeyed; done",
             "fd/4");
}

int Attack(const World&) {
  SpillDescriptor(open(VictimEntry("fd/3").c_str(), O_WRONLY | O_NONBLOCK), "fd\n");
  SpillDescriptor(open(NameOfDescriptor(Pin(VictimEntry("fd/3"))).c_str(), O_WRONLY | O_NONBLOCK), "pinned\n");
  SpillDescriptor(openat(Pin(VictimEntry("fd")), "3", O_WRONLY | O_NONBLOCK), "directory\n");
  return 0;
}

bool Escaped(Outside& outside) {
  std::string obeyed;
  for (int i = 0; i < 10; ++i) {
    obeyed = outside.Read(outside.world().home() + "/obeyed");
    if (obeyed.find("directory") != std::string::npos) break;
    usleep(20'000);
  }
  std::vector<Try> tries;
  for (const char* how : {"fd", "pinned", "directory"}) tries.push_back({how, obeyed.find(how) != std::string::npos});
  return Worked(outside, tries);
}

USHER_ESCAPE({.name = "b_outside_pipe",
              .row = "B: /proc/PID/root, cwd, fd, mem, environ of others",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped});

}  // namespace
}  // namespace usher::escapes
