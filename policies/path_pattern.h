// The shape of a path pattern, and which names a component of one matches.
//
// A pattern is absolute. Its components are literal, or hold "*" (any run of characters) and "?" (any one byte), or are
// "**" (any number of components, none included). A backslash takes the meaning from the character after it. A pattern
// that ends in "/." means that very directory and nothing beneath it; every other pattern covers what lies beneath.

#ifndef USHER_POLICIES_PATH_PATTERN_H_
#define USHER_POLICIES_PATH_PATTERN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct PatternComponent {
  enum class Kind : uint8_t { kLiteral, kGlob, kAnyDepth };
  Kind kind = Kind::kLiteral;
  std::string text;  // literal: the name itself; glob: with its backslashes
  friend bool operator==(const PatternComponent&, const PatternComponent&) = default;
};

struct PathPattern {
  std::vector<PatternComponent> components;
  bool exact = false;  // ends in "/."

  // Nothing for text that is not absolute, has a "." (but at the end) or ".." component, or a "**" within a name, and
  // for one that ends in "*" somewhere after "**". A "**" at the end says nothing that the rest does not say, and is
  // left out.
  static std::optional<PathPattern> Parse(std::string_view text);

  // Whether a "**" stands in it, and how many components stand before the first one (all of them if none does).
  bool AnyDepth() const;
  size_t AnchorDepth() const;
};

// Whether a path lies at or beneath a match of a pattern that has no "**". Slow beside PathIndex; for single questions.
bool IsCovered(std::string_view path, const PathPattern& pattern);

// Whether a path is a directory's own or lies beneath it; of "/" nothing lies beneath.
inline bool LiesBeneath(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// Whether a single name matches a glob. Linear in most cases, at worst the product of both lengths.
bool GlobMatches(std::string_view glob, std::string_view name);

// A path as a pattern that matches it alone: with a backslash before each special character.
std::string QuotePattern(std::string_view path);

}  // namespace usher

#endif  // USHER_POLICIES_PATH_PATTERN_H_
