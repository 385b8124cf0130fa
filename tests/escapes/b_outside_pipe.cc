// A shell outside reads its commands from a pipe: whoever gets hold of the pipe by way of /proc can give it some.

#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/outside_process.h"
#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

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
  // A number that is a pipe of one's own when it is looked at, and the victim's when it is opened.
  const int pinned = Pin(VictimEntry("fd/3"));
  int ends[2];
  if (pinned < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return 1;
  const int slot = dup(ends[1]);
  struct stat theirs {
  }, opened{};
  fstat(pinned, &theirs);
  const Meanwhile flipping([&](unsigned i) { dup2(i % 2 == 0 ? ends[1] : pinned, slot); });
  KeepTrying([&] {
    const int fd = open(NameOfDescriptor(slot).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &opened) == 0 && opened.st_ino == theirs.st_ino) return SpillDescriptor(fd, "flipped\n");
    close(fd);
    return false;
  });
  return 0;
}

bool Escaped(Outside& outside) {
  std::string obeyed;
  for (int i = 0; i < 10; ++i) {
    obeyed = outside.Read(outside.world().home() + "/obeyed");
    if (obeyed.find("flipped") != std::string::npos) break;
    usleep(20'000);
  }
  std::vector<Try> tries;
  for (const char* how : {"fd", "pinned", "directory", "flipped"})
    tries.push_back({how, obeyed.find(how) != std::string::npos});
  return Worked(outside, tries);
}

USHER_ESCAPE({.name = "b_outside_pipe",
              .row = "B: /proc/PID/root, cwd, fd, mem, environ of others",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
