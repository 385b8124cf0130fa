// Is it safe to hand this text to the TOML reader?
//
// toml++ 3.3 runs into undefined behaviour on some characters beyond ASCII that stand outside of strings and comments,
// where TOML allows none anyway. A policy file is untrusted input, so such a text is refused before it is read.

#ifndef USHER_POLICIES_TOML_GUARD_H_
#define USHER_POLICIES_TOML_GUARD_H_

#include <optional>
#include <string_view>

namespace usher {

struct TextPlace {
  size_t line = 1, column = 1;  // columns count characters
};

// Where the first byte beyond ASCII stands that is in no string and no comment.
std::optional<TextPlace> FindStrayCharacter(std::string_view text);

}  // namespace usher

#endif  // USHER_POLICIES_TOML_GUARD_H_
