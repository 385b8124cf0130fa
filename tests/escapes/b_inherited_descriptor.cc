// A descriptor that whoever starts the sandbox forgot to close. It was opened outside, so no call of the attack names
// anything.

#include <fcntl.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int opened = -1;

void Prepare(Outside& outside) {
  opened = open(outside.world().secret().c_str(), O_RDONLY);
  outside.Tell("LEFT_OPEN", std::to_string(opened));
}

int Attack(const World& world) {
  std::string found;
  for (int fd = 3; fd < 64; ++fd) {
    char text[4096];
    const ssize_t got = pread(fd, text, sizeof(text), 0);
    if (got > 0) found.append(text, static_cast<size_t>(got));
    found += Slurp(NameOfDescriptor(fd));
  }
  return Loot(world, found) ? 0 : 1;
}

bool Escaped(Outside& outside) {
  close(opened);
  return TookSecret(outside);
}

// The three that everybody has go through.
int Twin(const World&) { return fcntl(0, F_GETFD) >= 0 && fcntl(1, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0 ? 0 : 1; }

USHER_ESCAPE({.name = "b_inherited_descriptor",
              .row = "B: inherited descriptor, cwd",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
