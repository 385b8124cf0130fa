// Text from pieces, and pieces from text. Where Abseil was built for an older C++ (Debian 12), its string_view is a
// type of its own, which the standard one does not turn into by itself: this is the one place that knows.

#ifndef USHER_POLICIES_TEXT_H_
#define USHER_POLICIES_TEXT_H_

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace usher {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

namespace text_internal {

template <typename Piece>
decltype(auto) AsPiece(const Piece& piece) {
  if constexpr (std::is_convertible_v<const Piece&, std::string_view>) {
    return ToAbsl(piece);
  } else {
    return (piece);
  }
}

}  // namespace text_internal

// absl::StrCat and StrAppend, for every kind of string_view.
template <typename... Pieces>
std::string Concat(const Pieces&... pieces) {
  return absl::StrCat(text_internal::AsPiece(pieces)...);
}
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  return Concat(parts...);
}
template <typename... Pieces>
void AppendTo(std::string& out, const Pieces&... pieces) {
  absl::StrAppend(&out, text_internal::AsPiece(pieces)...);
}
template <typename... Pieces>
void AppendTo(std::string* out, const Pieces&... pieces) {
  absl::StrAppend(out, text_internal::AsPiece(pieces)...);
}

// The last component of a path, empty where it ends with a slash.
inline std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "a, b, c".
inline std::string ListOf(const std::vector<std::string_view>& words) {
  std::string list;
  for (const std::string_view word : words) list += Concat(list.empty() ? "" : ", ", word);
  return list;
}

// The pieces between the separators, empty ones included.
inline std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (size_t start = 0;;) {
    const size_t end = text.find(separator, start);
    pieces.push_back(text.substr(start, end == text.npos ? text.npos : end - start));
    if (end == text.npos) return pieces;
    start = end + 1;
  }
}

inline std::vector<std::string_view> SplitSkipEmpty(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (const std::string_view piece : Split(text, separator)) {
    if (!piece.empty()) pieces.push_back(piece);
  }
  return pieces;
}

// The whole text as a number in this base; false for anything else.
template <std::integral Number>
bool ParseNumber(std::string_view text, Number* number, int base = 10) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, *number, base);
  return result.ec == std::errc() && result.ptr == end && !text.empty();
}

// For maps keyed by std::string that are asked with a std::string_view.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return absl::HashOf(ToAbsl(text)); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

}  // namespace usher

#endif  // USHER_POLICIES_TEXT_H_
