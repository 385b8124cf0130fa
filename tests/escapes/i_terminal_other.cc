// Another terminal of the person's, by its number: what is written there looks like his own shell's, and TIOCSTI types
// there.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  int number = -1, unlock = 0;
  if (ioctl(master, TIOCSPTLCK, &unlock) < 0 || ioctl(master, TIOCGPTN, &number) < 0) return;
  const std::string slave = "/dev/pts/" + std::to_string(number);
  if (chown(slave.c_str(), outside.user(), outside.user()) < 0) return;
  outside.Tell("TERMINAL", slave);
  outside.Tell("MASTER", std::to_string(master));
}

int Attack(const World&) { return Spill(Told("TERMINAL"), "your password: ") ? 0 : 1; }

bool Escaped(Outside& outside) {
  const int master = std::atoi(outside.Told("MASTER").c_str());
  fcntl(master, F_SETFL, O_NONBLOCK);
  char text[64];
  const ssize_t size = read(master, text, sizeof(text));
  close(master);
  return size > 0;
}

USHER_ESCAPE({.name = "i_terminal_other", .row = "I: TIOCSTI, TIOCLINUX", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
