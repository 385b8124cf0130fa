// TIOCSTI types into the terminal: the person's shell reads it when we are gone.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  for (const char byte : std::string("echo owned\n")) {
    if (ioctl(STDIN_FILENO, TIOCSTI, &byte) < 0) return kCannotTry;  // dev.tty.legacy_tiocsti
  }
  return 0;
}

bool Escaped(Outside& outside) {
  return Typed(outside).find("echo owned") != std::string::npos;
}

USHER_ESCAPE({.name = "i_terminal_type_ahead", .row = "I: TIOCSTI, TIOCLINUX", .attack = &Attack, .escaped = &Escaped,
              .on_terminal = true});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
