// Settings of the terminal outlast us: no echo, no lines, so that the person does not see what he types next.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  termios settings{};
  if (tcgetattr(STDIN_FILENO, &settings) < 0) return kCannotTry;
  settings.c_cc[VERASE] = 'z';
  return tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

bool Escaped(Outside& outside) {
  return outside.Read(outside.world().home() + "/settings").find("erase = z") != std::string::npos;
}

USHER_ESCAPE({.name = "i_terminal_hidden_input", .row = "I: TIOCSTI, TIOCLINUX", .attack = &Attack, .escaped = &Escaped,
              .on_terminal = true});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
