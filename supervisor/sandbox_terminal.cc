#include "supervisor/sandbox_terminal.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "supervisor/approval/terminal_modes.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {

absl::StatusOr<SandboxTerminal> OpenTerminals() {
  SandboxTerminal terminals;
  bool any = false;
  for (int fd = 0; fd < 3; ++fd) any |= terminals.replace_stdio[static_cast<size_t>(fd)] = isatty(fd) == 1;
  terminals.tty.reset(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  terminals.in_background = terminals.tty && !IsInFrontAt(terminals.tty.get());
  if (!any && terminals.in_background) terminals.tty.reset();
  if (!any) return terminals;
  const int shown = terminals.replace_stdio[0] ? 0 : terminals.replace_stdio[1] ? 1 : 2;
  if (!terminals.tty) terminals.tty.reset(fcntl(shown, F_DUPFD_CLOEXEC, 3));
  termios modes;
  winsize size;
  const bool have_modes = tcgetattr(shown, &modes) == 0, have_size = ioctl(shown, TIOCGWINSZ, &size) == 0;
  int master, slave;
  if (openpty(&master, &slave, nullptr, have_modes ? &modes : nullptr, have_size ? &size : nullptr) < 0) {
    return ErrnoStatus("openpty");
  }
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  terminals.master.reset(master);
  terminals.slave.reset(slave);
  return terminals;
}

}  // namespace usher
