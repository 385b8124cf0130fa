#include "tests/support/terminal_driver.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tests/support/patience.h"

namespace usher {

using Clock = std::chrono::steady_clock;

TerminalDriver::TerminalDriver(const ProcessSpec& spec, unsigned short rows, unsigned short columns) {
  const winsize size{rows, columns, 0, 0};
  int master = -1;
  char name[64];
  pid_ = forkpty(&master, name, nullptr, &size);
  if (pid_ == 0) {
    // The terminal belongs to who sits at it.
    if (fchown(0, spec.user, static_cast<gid_t>(-1)) < 0) _exit(124);
    BecomeUser(spec.user);
    if (spec.before_exec) spec.before_exec();
    ExecuteSpec(spec);
  }
  fcntl(master, F_SETFD, FD_CLOEXEC);
  master_.reset(master);
}

TerminalDriver::~TerminalDriver() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool TerminalDriver::Read(std::chrono::milliseconds wait) {
  if (!master_) return false;
  pollfd fd{master_.get(), POLLIN, 0};
  if (poll(&fd, 1, static_cast<int>(wait.count())) <= 0) return true;
  char buffer[65536];
  const ssize_t got = read(master_.get(), buffer, sizeof(buffer));
  if (got > 0) shown_.append(buffer, static_cast<size_t>(got));
  if (got > 0 || errno == EINTR || errno == EAGAIN) return true;
  return false;  // EIO: nobody holds the terminal any more
}

bool TerminalDriver::Expect(std::string_view text, std::chrono::seconds timeout) {
  const Clock::time_point until = Clock::now() + timeout * Patience();
  for (;;) {
    const size_t at = shown_.find(text, seen_);
    if (at != std::string::npos) {
      seen_ = at + text.size();
      return true;
    }
    if (Clock::now() >= until || !Read(std::chrono::milliseconds(50))) return false;
  }
}

void TerminalDriver::Type(std::string_view keys) {
  while (!keys.empty()) {
    const ssize_t wrote = write(master_.get(), keys.data(), keys.size());
    if (wrote < 0 && errno != EINTR) return;
    if (wrote > 0) keys.remove_prefix(static_cast<size_t>(wrote));
  }
}

void TerminalDriver::Resize(unsigned short rows, unsigned short columns) {
  const winsize size{rows, columns, 0, 0};
  ioctl(master_.get(), TIOCSWINSZ, &size);
}

int TerminalDriver::Wait(std::chrono::seconds timeout) {
  const Clock::time_point until = Clock::now() + timeout * Patience();
  int status = 0;
  bool open = true;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() >= until) return -1;  // the destructor ends it
    if (open) open = Read(std::chrono::milliseconds(20));
    if (!open) usleep(5000);
  }
  while (open && shown_.size() < (1u << 24)) {
    const size_t before = shown_.size();
    open = Read(std::chrono::milliseconds(20));
    if (shown_.size() == before) break;
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace usher
