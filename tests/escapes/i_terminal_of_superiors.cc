// Whoever started us has the person's terminal open, where questions are answered: by way of /proc it can be opened
// too, and typed into.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr int kAbove = 6;         // process ids: the keeper's, usher's, and whose came before
constexpr int kDescriptors = 32;  // of each

// True when it was a terminal that could be typed into.
bool TypeInto(int fd) {
  if (fd < 0) return false;
  bool typed = true;
  for (const char byte : std::string("echo owned\n")) typed = typed && ioctl(fd, TIOCSTI, &byte) == 0;
  close(fd);
  return typed;
}

int Attack(const World&) {
  const pid_t parent = getppid();
  const pid_t last =
      Told("USHER_SESSION").empty() ? parent - 1 : parent - kAbove;  // alone, our parent is the person's shell
  bool typed = false;
  for (pid_t id = parent; id > 1 && id > last; --id) {
    const std::string place = "/proc/" + std::to_string(id);
    for (int fd = 0; fd < kDescriptors; ++fd) {
      const std::string number = std::to_string(fd);
      typed |= TypeInto(open((place + "/fd/" + number).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
      const std::string task = place + "/task/" + std::to_string(id) + "/fd/" + number;
      typed |= TypeInto(open(task.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
      const int pinned = Pin(place + "/fd/" + number);
      typed |= TypeInto(open(NameOfDescriptor(pinned).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
      close(pinned);
    }
  }
  if (typed || !Told("USHER_SESSION").empty()) return 0;
  std::puts("nobody may type into a terminal here (dev.tty.legacy_tiocsti)");
  return kCannotTry;
}

bool Escaped(Outside& outside) { return Typed(outside).find("echo owned") != std::string::npos; }

// What one's own terminal is, it stays.
int Twin(const World&) {
  const int own = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  return own >= 0 && isatty(own) == 1 && write(own, "hello\n", 6) == 6 ? 0 : 1;
}

USHER_ESCAPE({.name = "i_terminal_of_superiors",
              .row = "I: TIOCSTI, TIOCLINUX",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin,
              .on_terminal = true});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
