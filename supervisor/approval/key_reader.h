// Bytes from the person's terminal as keys. What a terminal sends by itself (answers to queries, mouse and focus
// reports, pasted text) is dropped: a program may have provoked it, so it must never count as a key. Pure; time is an
// argument.

#ifndef USHER_SUPERVISOR_APPROVAL_KEY_READER_H_
#define USHER_SUPERVISOR_APPROVAL_KEY_READER_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct Key {
  enum class Kind : uint8_t { kCharacter, kLeft, kRight, kEnter, kBackspace, kInterrupt, kOther };
  Kind kind = Kind::kOther;
  char character = 0;  // printable ASCII, for kCharacter
  friend bool operator==(const Key&, const Key&) = default;
};

class KeyReader {
 public:
  using Clock = std::chrono::steady_clock;

  // `now`: when the bytes were read.
  std::vector<Key> Feed(std::string_view bytes, Clock::time_point now);

 private:
  enum class State : uint8_t { kGround, kEscape, kControl, kSingleShift, kString, kStringEscape, kMouse, kPaste };

  void Byte(char byte, std::vector<Key>& keys);
  void EndControl(char final_byte, std::vector<Key>& keys);

  State state_ = State::kGround;
  std::string partial_;
  int mouse_bytes_ = 0;
  Clock::time_point last_{};
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_KEY_READER_H_
