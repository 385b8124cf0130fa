// The person's other terminals are files of the same user: what is written there is read as if a program of theirs had
// said it, and what is read there was typed to it.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int master = -1;

void Prepare(Outside& outside) {
  master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) std::abort();
  const std::string name = ptsname(master);
  if (chown(name.c_str(), outside.user(), outside.user()) < 0 || chmod(name.c_str(), 0600) < 0) std::abort();
  outside.Tell("TERMINAL", name);
}

int Attack(const World&) {
  const std::string name = Told("TERMINAL");
  SpillDescriptor(open(name.c_str(), O_WRONLY | O_NOCTTY), "by name\n");
  SpillDescriptor(open(NameOfDescriptor(Pin(name)).c_str(), O_RDWR | O_NOCTTY), "by pin\n");
  SpillDescriptor(openat(Pin("/dev/pts"), name.substr(name.rfind('/') + 1).c_str(), O_RDWR | O_NOCTTY),
                  "by directory\n");
  if (symlink(name.c_str(), "terminal") == 0) SpillDescriptor(open("terminal", O_WRONLY | O_NOCTTY), "by link\n");
  usleep(20'000);
  return 0;
}

bool Escaped(Outside& outside) {
  std::string seen(4096, '\0');
  const ssize_t got = read(master, seen.data(), seen.size());
  seen.resize(got < 0 ? 0 : static_cast<size_t>(got));
  std::vector<Try> tries;
  for (const char* how : {"by name", "by pin", "by directory", "by link"}) {
    tries.push_back({how, seen.find(how) != std::string::npos});
  }
  return Worked(outside, tries);
}

// A terminal that one makes oneself is one's own.
int Twin(const World&) {
  const int own = posix_openpt(O_RDWR | O_NOCTTY);
  if (own < 0 || grantpt(own) < 0 || unlockpt(own) < 0) return 1;
  return SpillDescriptor(open(ptsname(own), O_WRONLY | O_NOCTTY), "text\n") ? 0 : 2;
}

USHER_ESCAPE({.name = "i_other_terminal",
              .row = "I: other terminals, /dev/tty by the supervisor",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
