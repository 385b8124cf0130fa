// UTF-8, one code point at a time, in its strict form (RFC 3629).

#ifndef USHER_POLICIES_CODE_POINT_H_
#define USHER_POLICIES_CODE_POINT_H_

#include <cstddef>
#include <string_view>

namespace usher {

// One code point of a text, or one byte that belongs to none.
struct CodePoint {
  char32_t code = 0;
  size_t size = 1;    // bytes
  bool valid = true;  // false: the byte `code` is no UTF-8
};

// The first one of a text that is not empty. Shortest form only, no surrogates, nothing above U+10FFFF.
CodePoint FirstCodePoint(std::string_view text);

}  // namespace usher

#endif  // USHER_POLICIES_CODE_POINT_H_
