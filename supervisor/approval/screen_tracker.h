// What a program did to the screen, read from its output as it passes: enough to write a question over it that a person
// can read, and to give the screen back as it was. Pure; sequences may be cut anywhere by chunk borders.

#ifndef USHER_SUPERVISOR_APPROVAL_SCREEN_TRACKER_H_
#define USHER_SUPERVISOR_APPROVAL_SCREEN_TRACKER_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace usher {

class ScreenTracker {
 public:
  void Feed(std::string_view output);

  bool alternate_screen() const;

  // Bytes to send before our own text: whatever the program left open is ended, and colours, character set, margins,
  // mouse and key reporting are as at login, on the ordinary screen.
  std::string ToPlain() const;
  // And after it: the program's own settings again, and the beginning of a sequence it was in the middle of.
  std::string ToProgram() const;
  // For good, once the program is gone.
  std::string Reset() const;

 private:
  enum class State : uint8_t { kGround, kEscape, kIntermediate, kControl, kString, kStringEscape };

  void Byte(char byte);
  void EndControl(char final_byte);
  void EndString();
  void SetMode(int mode, bool on);

  State state_ = State::kGround;
  std::string partial_;  // the sequence so far, bounded
  std::set<int> on_;     // private modes that the program switched on (mouse, alternate screen, …)
  bool cursor_hidden_ = false;
  bool wraps_ = true;
  bool inserts_ = false;
  bool palette_ = false;   // colours were redefined: text could be made invisible
  bool images_ = false;    // were shown (kitty's graphics protocol), and may lie above text
  bool keyboard_ = false;  // keys are reported in another way
  std::string margins_;    // parameters of the last CSI r, empty for none
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_SCREEN_TRACKER_H_
