#include "supervisor/approval/key_reader.h"

namespace usher {
namespace {

constexpr char kEsc = '\x1b';
constexpr size_t kLongestPartial = 64;

// The Escape key sends ESC alone. A sequence comes in one piece, or at worst within a slow link's hiccup.
constexpr std::chrono::milliseconds kEscapeAlone{50};
constexpr std::chrono::milliseconds kSequenceLost{1000};

}  // namespace

std::vector<Key> KeyReader::Feed(std::string_view bytes, Clock::time_point now) {
  const auto pause = now - last_;
  last_ = now;
  if ((state_ == State::kEscape && pause > kEscapeAlone) || (state_ != State::kGround && pause > kSequenceLost)) {
    state_ = State::kGround;
    partial_.clear();
  }
  std::vector<Key> keys;
  for (const char byte : bytes) Byte(byte, keys);
  return keys;
}

void KeyReader::Byte(char byte, std::vector<Key>& keys) {
  switch (state_) {
    case State::kGround:
      if (byte == kEsc) {
        state_ = State::kEscape;
      } else if (byte == '\r' || byte == '\n') {
        keys.push_back({.kind = Key::Kind::kEnter});
      } else if (byte == '\x7f' || byte == '\b') {
        keys.push_back({.kind = Key::Kind::kBackspace});
      } else if (byte == '\x03') {
        keys.push_back({.kind = Key::Kind::kInterrupt});
      } else if (byte >= ' ' && byte < '\x7f') {
        keys.push_back({.kind = Key::Kind::kCharacter, .character = byte});
      } else {
        keys.push_back({.kind = Key::Kind::kOther});
      }
      return;
    case State::kEscape:
      partial_.clear();
      if (byte == '[') {
        state_ = State::kControl;
      } else if (byte == 'O') {
        state_ = State::kSingleShift;
      } else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
        state_ = State::kString;
      } else if (byte != kEsc) {
        state_ = State::kGround;  // Alt and a key: no key of ours
      }
      return;
    case State::kControl:
      if (byte == kEsc) {
        state_ = State::kEscape;
      } else if (byte >= '@' && byte <= '~') {
        state_ = State::kGround;
        EndControl(byte, keys);
      } else if (partial_.size() < kLongestPartial) {
        partial_ += byte;
      }
      return;
    case State::kSingleShift:
      state_ = State::kGround;
      if (byte == 'C') keys.push_back({.kind = Key::Kind::kRight});
      if (byte == 'D') keys.push_back({.kind = Key::Kind::kLeft});
      return;
    case State::kString:
      if (byte == '\a') state_ = State::kGround;
      if (byte == kEsc) state_ = State::kStringEscape;
      return;
    case State::kStringEscape:
      state_ = State::kEscape;
      if (byte == '\\') {
        state_ = State::kGround;
      } else {
        Byte(byte, keys);
      }
      return;
    case State::kMouse:
      if (--mouse_bytes_ == 0) state_ = State::kGround;
      return;
    case State::kPaste:
      // Until the closing bracket, whatever the text holds.
      partial_ += byte;
      if (partial_.size() > 6) partial_.erase(0, 1);
      if (partial_ == "\x1b[201~") state_ = State::kGround;
      return;
  }
}

void KeyReader::EndControl(char final_byte, std::vector<Key>& keys) {
  if (partial_.empty() && final_byte == 'C') keys.push_back({.kind = Key::Kind::kRight});
  if (partial_.empty() && final_byte == 'D') keys.push_back({.kind = Key::Kind::kLeft});
  if (partial_.empty() && final_byte == 'M') {
    state_ = State::kMouse;
    mouse_bytes_ = 3;
  }
  if (partial_ == "200" && final_byte == '~') state_ = State::kPaste;
  partial_.clear();
}

}  // namespace usher
