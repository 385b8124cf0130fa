#include "supervisor/approval/screen_tracker.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kLongestPartial = 256;  // a longer sequence is a string; its beginning says what it is

constexpr char kCan = '\x18', kSub = '\x1a', kEsc = '\x1b', kBel = '\a';

// Private modes that change what the screen shows or what keys and mouse send: alternate screens, synchronized output,
// mouse and focus reports. Bracketed paste (2004) may stay on: it only helps to tell pasting from typing.
constexpr std::array kAlternate = {47, 1047, 1049};
constexpr std::array kTracked = {9,    47,   69,   1000, 1001, 1002, 1003, 1004,
                                 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026};
constexpr int kBracketedPaste = 2004;

template <typename List, typename Value>
bool Holds(const List& list, const Value& value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

std::string Mode(int mode, bool on) { return Cat("\x1b[?", mode, on ? "h" : "l"); }

}  // namespace

bool ScreenTracker::alternate_screen() const {
  return std::any_of(on_.begin(), on_.end(), [](int mode) { return Holds(kAlternate, mode); });
}

void ScreenTracker::Feed(std::string_view output) {
  while (!output.empty()) {
    if (state_ == State::kGround) {
      // Nearly all output is plain: look for the next ESC only.
      const size_t escape = output.find(kEsc);
      if (escape == std::string_view::npos) return;
      output.remove_prefix(escape);
    }
    Byte(output.front());
    output.remove_prefix(1);
  }
}

void ScreenTracker::Byte(char byte) {
  if (byte == kCan || byte == kSub) {
    state_ = State::kGround;
    partial_.clear();
    return;
  }
  if (byte == kEsc && state_ != State::kString && state_ != State::kStringEscape) {
    partial_ = byte;
    state_ = State::kEscape;
    return;
  }
  if (partial_.size() < kLongestPartial) partial_ += byte;
  switch (state_) {
    case State::kGround:
      break;
    case State::kEscape:
      if (byte == '[') {
        state_ = State::kControl;
      } else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
        state_ = State::kString;
      } else if (byte >= ' ' && byte <= '/') {
        state_ = State::kIntermediate;
      } else {
        if (byte == 'c') *this = ScreenTracker();  // RIS: everything as at power-on
        state_ = State::kGround;
      }
      break;
    case State::kIntermediate:
      if (byte >= '0' && byte <= '~') state_ = State::kGround;
      break;
    case State::kControl:
      // C0 controls in between are carried out by the terminal and do not end the sequence.
      if (byte >= '@' && byte <= '~') {
        EndControl(byte);
        state_ = State::kGround;
      }
      break;
    case State::kString:
      if (byte == kBel) {
        EndString();
        state_ = State::kGround;
      } else if (byte == kEsc) {
        state_ = State::kStringEscape;
      }
      break;
    case State::kStringEscape:
      // ESC ends the string in any case: with "\" that was its terminator, else a new sequence has begun.
      EndString();
      state_ = State::kEscape;
      partial_ = kEsc;
      if (byte == '\\') {
        state_ = State::kGround;
      } else {
        Byte(byte);
      }
      break;
  }
  if (state_ == State::kGround) partial_.clear();
}

void ScreenTracker::EndControl(char final_byte) {
  std::string_view parameters = std::string_view(partial_).substr(2, partial_.size() - 3);
  if (final_byte == 'r' && (parameters.empty() || (parameters.front() >= '0' && parameters.front() <= ';'))) {
    margins_ = std::string(parameters);
    return;
  }
  // The kitty keyboard protocol: CSI > flags u and CSI = flags ; mode u.
  if (final_byte == 'u' && !parameters.empty() && (parameters.front() == '>' || parameters.front() == '='))
    keyboard_ = true;
  if (final_byte == 'p' && parameters == "!") {  // DECSTR
    cursor_hidden_ = inserts_ = false;
    wraps_ = true;
    margins_.clear();
    return;
  }
  const bool on = final_byte == 'h';
  if (!on && final_byte != 'l') return;
  const bool is_private = !parameters.empty() && parameters.front() == '?';
  if (is_private) parameters.remove_prefix(1);
  while (!parameters.empty()) {
    const size_t end = std::min(parameters.find(';'), parameters.size());
    int mode = -1;
    const char* const last = parameters.data() + end;
    if (std::from_chars(parameters.data(), last, mode).ptr == last && end > 0) {
      if (is_private) {
        SetMode(mode, on);
      } else if (mode == 4) {
        inserts_ = on;
      }
    }
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
  }
}

void ScreenTracker::SetMode(int mode, bool on) {
  if (mode == 25) cursor_hidden_ = !on;
  if (mode == 7) wraps_ = on;
  if (!Holds(kTracked, mode)) return;
  // There is one alternate screen, by whichever of its numbers it is left.
  if (!on && Holds(kAlternate, mode)) std::erase_if(on_, [](int other) { return Holds(kAlternate, other); });
  if (on) {
    on_.insert(mode);
  } else {
    on_.erase(mode);
  }
}

void ScreenTracker::EndString() {
  const std::string_view text = std::string_view(partial_).substr(1);
  images_ |= text.starts_with("_G");
  if (text.empty() || text.front() != ']') return;
  std::string_view rest = text.substr(1);
  const auto next = [&rest] {
    const size_t end = std::min(rest.find_first_of(";\a\x1b"), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return parameter;
  };
  static constexpr std::string_view kColours[] = {"4", "5", "10", "11", "12", "17", "19"};
  const std::string_view number = next();
  palette_ |= number == "6";  // switches a colour of its own for bold text on
  if (!Holds(kColours, number)) return;
  // Asking about a colour ("?") changes none; what is neither a number nor a question sets one, and so may what was
  // cut.
  if (partial_.size() >= kLongestPartial) palette_ = true;
  while (!rest.empty() && rest.front() != '\\') {
    const std::string_view parameter = next();
    palette_ |= parameter != "?" && parameter.find_first_not_of("0123456789") != std::string_view::npos;
  }
}

std::string ScreenTracker::ToPlain() const {
  std::string bytes;
  // An unfinished sequence would swallow our text: CAN breaks it off, ST ends a string. Harmless where there is none.
  if (state_ != State::kGround) bytes += kCan;
  bytes += "\x1b\\";
  for (auto mode = on_.rbegin(); mode != on_.rend(); ++mode) {
    if (*mode != kBracketedPaste) bytes += Mode(*mode, false);
  }
  // "%G": UTF-8, whatever a console was told; else a letter's second byte could be the beginning of a sequence.
  bytes += "\x1b%G\x0f\x1b(B\x1b[0m\x1b[4l\x1b[?7h\x1b[?25h";
  if (!margins_.empty())
    bytes +=
        "\x1b"
        "7\x1b[r\x1b"
        "8";
  if (palette_) {
    for (const char* reset : {"104", "105", "106", "110", "111"}) bytes += Cat("\x1b]", reset, "\x1b\\");
  }
  if (images_) bytes += "\x1b_Ga=d,d=a\x1b\\";
  if (keyboard_) bytes += "\x1b[>0u";
  return bytes;
}

std::string ScreenTracker::ToProgram() const {
  std::string bytes;
  if (keyboard_) bytes += "\x1b[<u";
  for (const int mode : on_) {
    if (mode != kBracketedPaste) bytes += Mode(mode, true);
  }
  if (!margins_.empty())
    bytes +=
        Cat("\x1b"
            "7\x1b[",
            margins_,
            "r\x1b"
            "8");
  if (inserts_) bytes += "\x1b[4h";
  if (!wraps_) bytes += "\x1b[?7l";
  if (cursor_hidden_) bytes += "\x1b[?25l";
  if (state_ != State::kGround && partial_.size() < kLongestPartial) bytes += partial_;
  return bytes;
}

std::string ScreenTracker::Reset() const {
  std::string bytes;
  if (state_ != State::kGround) bytes += Cat(std::string_view(&kCan, 1), "\x1b\\");
  for (auto mode = on_.rbegin(); mode != on_.rend(); ++mode) bytes += Mode(*mode, false);
  if (!margins_.empty())
    bytes +=
        "\x1b"
        "7\x1b[r\x1b"
        "8";
  if (inserts_) bytes += "\x1b[4l";
  if (!wraps_) bytes += "\x1b[?7h";
  if (cursor_hidden_) bytes += "\x1b[?25h";
  return bytes;
}

}  // namespace usher
