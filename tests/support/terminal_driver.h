// A person at a terminal: starts a program on a pty, waits for what it shows and types.

#ifndef USHER_TESTS_SUPPORT_TERMINAL_DRIVER_H_
#define USHER_TESTS_SUPPORT_TERMINAL_DRIVER_H_

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>

#include "supervisor/kernel/unique_fd.h"
#include "tests/support/child_process.h"

namespace usher {

class TerminalDriver {
 public:
  // The program becomes the leader of a session with this terminal. `spec.input` is not used.
  explicit TerminalDriver(const ProcessSpec& spec, unsigned short rows = 24, unsigned short columns = 80);
  ~TerminalDriver();
  TerminalDriver(const TerminalDriver&) = delete;
  TerminalDriver& operator=(const TerminalDriver&) = delete;

  // Waits until `text` is shown after what was expected before. False when the time is up or the program has ended.
  bool Expect(std::string_view text, std::chrono::seconds timeout = std::chrono::seconds(20));
  void Type(std::string_view keys);
  void Resize(unsigned short rows, unsigned short columns);

  // The exit code as a shell has it; -1 when the program did not end in time (then it is killed).
  int Wait(std::chrono::seconds timeout = std::chrono::seconds(20));

  const std::string& shown() const { return shown_; }
  pid_t pid() const { return pid_; }

 private:
  bool Read(std::chrono::milliseconds wait);

  pid_t pid_ = -1;
  UniqueFd master_;
  std::string shown_;
  size_t seen_ = 0;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_TERMINAL_DRIVER_H_
