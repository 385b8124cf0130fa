// The line settings of the person's terminal: taken once, changed while it is ours, and given back on every way out.

#ifndef USHER_SUPERVISOR_APPROVAL_TERMINAL_MODES_H_
#define USHER_SUPERVISOR_APPROVAL_TERMINAL_MODES_H_

#include <termios.h>

#include <cstdint>

#include "absl/status/status.h"

namespace usher {

enum class TerminalMode : uint8_t {
  kAsFound,
  kRaw,   // every byte passes as it is: another terminal interprets them
  kKeys,  // keys one by one and unseen, while signals and output work as ever
};

// Whether it is for us to read from `tty` and to set its modes: not while another process group is in front, as in a
// shell's background. A terminal that does not control us has none. Async-signal-safe.
bool IsInFrontAt(int tty);

// Modes change nothing while somebody else is in front: whoever comes to the front sets their own.
class TerminalModes {
 public:
  TerminalModes() = default;
  ~TerminalModes();  // as found
  TerminalModes(const TerminalModes&) = delete;
  TerminalModes& operator=(const TerminalModes&) = delete;

  // `tty` stays the caller's, and open for as long as this lives.
  absl::Status Take(int tty);
  void Set(TerminalMode mode);
  void SetAgain();
  TerminalMode mode() const { return mode_; }

  // Async-signal-safe; does nothing when no terminal is out of its own mode.
  static void RestoreNow();

 private:
  int tty_ = -1;
  termios found_{};
  TerminalMode mode_ = TerminalMode::kAsFound;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_TERMINAL_MODES_H_
