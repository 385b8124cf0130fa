// A person's terminal and a sandbox's pty, both real, with the test in the place of the person and of the program.

#ifndef USHER_TESTS_SUPERVISOR_APPROVAL_FAKE_SCREEN_H_
#define USHER_TESTS_SUPERVISOR_APPROVAL_FAKE_SCREEN_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "supervisor/approval/terminal.h"
#include "supervisor/kernel/event_loop.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

struct PtyPair {
  UniqueFd master, slave;
};

inline PtyPair OpenPty(unsigned short rows, unsigned short columns) {
  winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  int master = -1, slave = -1;
  EXPECT_EQ(openpty(&master, &slave, nullptr, nullptr, &size), 0);
  return {UniqueFd(master), UniqueFd(slave)};
}

class FakeScreen {
 public:
  explicit FakeScreen(bool with_pty = true, unsigned short rows = 50, unsigned short columns = 80) {
    PtyPair person = OpenPty(rows, columns);
    person_ = std::move(person.master);
    fcntl(person_.get(), F_SETFL, O_NONBLOCK);
    tty_ = UniqueFd(dup(person.slave.get()));
    UniqueFd sandbox_master;
    if (with_pty) {
      PtyPair sandbox = OpenPty(1, 1);
      program_ = std::move(sandbox.slave);
      sandbox_master = std::move(sandbox.master);
      termios modes{};
      tcgetattr(program_.get(), &modes);
      cfmakeraw(&modes);
      tcsetattr(program_.get(), TCSANOW, &modes);
      fcntl(program_.get(), F_SETFL, O_NONBLOCK);
    }
    auto created = Terminal::Create(loop, std::move(person.slave), std::move(sandbox_master));
    EXPECT_TRUE(created.ok()) << created.status();
    terminal = *std::move(created);
  }

  // The person.
  void Type(std::string_view keys) {
    EXPECT_EQ(write(person_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  bool Shows(std::string_view part) { return Seen().find(part) != std::string::npos; }
  const std::string& Seen() {
    ReadInto(person_.get(), seen_);
    return seen_;
  }
  void Forget() {
    Seen();
    seen_.clear();
  }
  void SetSize(unsigned short rows, unsigned short columns) {
    const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ioctl(person_.get(), TIOCSWINSZ, &size);
  }
  termios TtyModes() const {
    termios modes{};
    tcgetattr(tty_.get(), &modes);
    return modes;
  }
  void SetTtyModes(const termios& modes) { tcsetattr(tty_.get(), TCSANOW, &modes); }
  bool IsRaw() const { return (TtyModes().c_lflag & (ICANON | ECHO | ISIG)) == 0; }
  bool IsCooked() const { return (TtyModes().c_lflag & ICANON) != 0 && (TtyModes().c_lflag & ECHO) != 0; }
  int tty() const { return tty_.get(); }
  void CloseWindow() { person_.reset(); }

  // The program in the sandbox.
  bool Print(std::string_view text) {
    return write(program_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  const std::string& Received() {
    ReadInto(program_.get(), received_);
    return received_;
  }
  winsize ProgramSize() const {
    winsize size{};
    ioctl(program_.get(), TIOCGWINSZ, &size);
    return size;
  }
  int program() const { return program_.get(); }
  void ProgramEnds() { program_.reset(); }

  // Until it is so, or far too long.
  void RunUntil(const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!reached() && std::chrono::steady_clock::now() < end) loop.RunOnce(std::chrono::milliseconds(5));
    ASSERT_TRUE(reached());
  }
  // For claims that something does not happen: everything that is ready has been handled.
  void Settle() {
    for (int i = 0; i < 10; ++i) loop.RunOnce(std::chrono::milliseconds(1));
  }

  EventLoop loop;
  std::unique_ptr<Terminal> terminal;

 private:
  static void ReadInto(int fd, std::string& text) {
    char chunk[4096];
    for (ssize_t got; (got = read(fd, chunk, sizeof chunk)) > 0;) text.append(chunk, static_cast<size_t>(got));
  }

  UniqueFd person_, tty_, program_;
  std::string seen_, received_;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPERVISOR_APPROVAL_FAKE_SCREEN_H_
