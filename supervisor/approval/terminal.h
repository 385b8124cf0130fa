// The person's terminal and the sandbox's own pty between them: bytes are relayed unchanged, and held back while a
// question is on the screen. The sandbox never holds the person's terminal.

#ifndef USHER_SUPERVISOR_APPROVAL_TERMINAL_H_
#define USHER_SUPERVISOR_APPROVAL_TERMINAL_H_

#include <termios.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "supervisor/kernel/event_loop.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

class Terminal {
 public:
  // `tty` is the person's terminal (/dev/tty, opened O_RDWR). With a pty: `master` is its master side, and
  // keyboard input goes there (`relay_input`), output from there to `tty`. Without one (master empty: the sandbox has
  // no terminal at all) the terminal is used for questions only, and taken over only while one stands.
  static absl::StatusOr<std::unique_ptr<Terminal>> Create(EventLoop& loop, UniqueFd tty, UniqueFd master);
  ~Terminal();  // gives the terminal back as it was

  // The terminal is gone: its window was closed, the connection broke.
  void set_on_hangup(std::function<void()> on_hangup);
  // After Resize, for what is on the screen.
  void set_on_resize(std::function<void()> on_resize);

  // Starts relaying. Raw mode is set while relaying, window size is copied (call Resize on SIGWINCH).
  absl::Status Start();
  void Resize();
  // After SIGCONT: whoever had the terminal in between may have changed its modes.
  void Continue();

  // Reads what the pty still holds after the last process of the sandbox is gone, then stops relaying.
  void Drain();

  // Question time: output of the sandbox stays in the pty, typed bytes go to `on_key` and never to the sandbox. Pending
  // type-ahead and terminal replies are thrown away at Hold. Release repaints: SIGWINCH by a size change and back when
  // a program had the alternate screen or raw mode.
  void Hold(std::function<void(std::string_view bytes)> on_key);
  void Release();
  bool held() const;

  // Writes Usher's own text, as it is (escape first), also while held. "\n" becomes "\r\n" in raw mode.
  void Write(std::string_view text);

  // Bytes that the terminal has not taken yet: what was written is not on the screen.
  bool output_pending() const;
  bool alive() const;

  int columns() const;
  int rows() const;

 private:
  struct State;
  explicit Terminal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_TERMINAL_H_
