// Whether bytes are well-formed UTF-8: JSON and TOML carry nothing else, and paths may be anything.

#ifndef USHER_SUPERVISOR_APPROVAL_UTF8_H_
#define USHER_SUPERVISOR_APPROVAL_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace usher {

// One character at the front of `text`. length 0: no well-formed one is there (overlong, surrogate, cut off, or empty).
struct Utf8Character {
  size_t length = 0;
  uint32_t code_point = 0;
};
Utf8Character DecodeUtf8(std::string_view text);

bool IsUtf8(std::string_view text);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_UTF8_H_
