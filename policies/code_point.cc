#include "policies/code_point.h"

#include <cstdint>

namespace usher {

CodePoint FirstCodePoint(std::string_view text) {
  const auto first = static_cast<uint8_t>(text.front());
  const CodePoint broken{.code = first, .size = 1, .valid = false};
  if (first < 0x80) return {.code = first};
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return broken;
  char32_t code = first & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80) return broken;
    code = (code << 6) | (next & 0x3fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return broken;
  return {.code = code, .size = size};
}

}  // namespace usher
