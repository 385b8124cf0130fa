// std::string_view for Abseil. Where Abseil was built for an older C++ (Debian 12), its string_view is a type of its
// own.

#ifndef USHER_POLICIES_TEXT_H_
#define USHER_POLICIES_TEXT_H_

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace usher {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

// absl::StrCat for anything that is text in the eyes of the standard library, and for numbers.
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  const auto piece = []<typename Part>(const Part& part) {
    if constexpr (std::is_convertible_v<const Part&, std::string_view>) {
      return ToAbsl(part);
    } else {
      return part;
    }
  };
  return absl::StrCat(piece(parts)...);
}

// "a, b, c".
inline std::string ListOf(const std::vector<std::string_view>& words) {
  std::string list;
  for (const std::string_view word : words) list += Cat(list.empty() ? "" : ", ", word);
  return list;
}

}  // namespace usher

#endif  // USHER_POLICIES_TEXT_H_
