#include "supervisor/approval/terminal_modes.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

// What RestoreNow gives back. There is one controlling terminal in a process, so there is one of these.
std::atomic<int> changed_tty{-1};
termios found_modes;

// Should we go to the background just now, tcsetattr would raise SIGTTOU, which would stop us half way; blocked, the
// call goes through. TCSANOW: the draining variants wait for a terminal that may never drain (Ctrl-S).
void SetModes(int tty, const termios& modes) {
  if (!IsInFrontAt(tty)) return;
  sigset_t ttou, before;
  sigemptyset(&ttou);
  sigaddset(&ttou, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &ttou, &before);
  while (tcsetattr(tty, TCSANOW, &modes) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

bool IsInFrontAt(int tty) {
  const pid_t front = tcgetpgrp(tty);
  return front < 0 || front == getpgrp();
}

absl::Status TerminalModes::Take(int tty) {
  if (tcgetattr(tty, &found_) < 0) return ErrnoStatus("tcgetattr: the prompt needs a terminal");
  tty_ = tty;
  return absl::OkStatus();
}

TerminalModes::~TerminalModes() { Set(TerminalMode::kAsFound); }

void TerminalModes::Set(TerminalMode mode) {
  if (tty_ < 0 || mode == mode_) return;
  mode_ = mode;
  SetAgain();
}

void TerminalModes::SetAgain() {
  if (tty_ < 0) return;
  termios modes = found_;
  switch (mode_) {
    case TerminalMode::kAsFound:
      break;
    case TerminalMode::kRaw:
      cfmakeraw(&modes);
      break;
    case TerminalMode::kKeys:
      modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      modes.c_cc[VMIN] = 1;
      modes.c_cc[VTIME] = 0;
      break;
  }
  if (mode_ != TerminalMode::kAsFound) {
    static const int registered = atexit(&TerminalModes::RestoreNow);
    static_cast<void>(registered);
    found_modes = found_;
    changed_tty = tty_;
  }
  SetModes(tty_, modes);
  if (mode_ == TerminalMode::kAsFound && changed_tty == tty_) changed_tty = -1;
}

void TerminalModes::RestoreNow() {
  const int tty = changed_tty.exchange(-1);
  if (tty >= 0) SetModes(tty, found_modes);
}

}  // namespace usher
