#include "policies/path_pattern.h"

#include <algorithm>

namespace usher {
namespace {

constexpr std::string_view kSpecial = "*?\\";

// The literal name behind a component without wildcards, or nothing when it has some. False in `valid` for a backslash
// with nothing after it and for "**" inside a name.
std::optional<std::string> Unquote(std::string_view component, bool& valid) {
  std::string name;
  bool literal = true;
  for (size_t i = 0; i < component.size(); ++i) {
    char c = component[i];
    if (c == '\\') {
      if (++i == component.size()) {
        valid = false;
        return std::nullopt;
      }
      c = component[i];
    } else if (c == '*' || c == '?') {
      literal = false;
      if (c == '*' && i + 1 < component.size() && component[i + 1] == '*') valid = false;
    }
    name += c;
  }
  if (!literal) return std::nullopt;
  return name;
}

std::optional<PatternComponent> ParseComponent(std::string_view text) {
  if (text == "**") return PatternComponent{.kind = PatternComponent::Kind::kAnyDepth, .text = "**"};
  if (text == "." || text == "..") return std::nullopt;
  bool valid = true;
  std::optional<std::string> name = Unquote(text, valid);
  if (!valid) return std::nullopt;
  if (!name) return PatternComponent{.kind = PatternComponent::Kind::kGlob, .text = std::string(text)};
  if (*name == "." || *name == "..") return std::nullopt;
  return PatternComponent{.kind = PatternComponent::Kind::kLiteral, .text = *std::move(name)};
}

// A pattern like "/a/**/*" matches every path below /a as a whole, and so would beat every other rule there. "/a" says
// what is meant.
bool MatchesEverythingBelow(const PathPattern& pattern) {
  if (!pattern.AnyDepth()) return false;
  const PatternComponent& last = pattern.components.back();
  if (last.kind == PatternComponent::Kind::kAnyDepth) return true;
  return last.kind == PatternComponent::Kind::kGlob && last.text.find_first_not_of("*?") == std::string::npos;
}

}  // namespace

std::optional<PathPattern> PathPattern::Parse(std::string_view text) {
  if (text.empty() || text.front() != '/' || text.find('\0') != std::string_view::npos) return std::nullopt;
  PathPattern pattern;
  while (!text.empty()) {
    text.remove_prefix(1);
    const size_t end = text.find('/');
    const std::string_view component = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    if (component.empty()) continue;
    if (component == "." && text.empty()) {
      pattern.exact = true;
      break;
    }
    std::optional<PatternComponent> parsed = ParseComponent(component);
    if (!parsed) return std::nullopt;
    const bool any_depth = parsed->kind == PatternComponent::Kind::kAnyDepth;
    if (any_depth && !pattern.components.empty() && pattern.components.back() == *parsed) continue;
    pattern.components.push_back(*std::move(parsed));
  }
  if (!pattern.exact) {
    while (!pattern.components.empty() && pattern.components.back().kind == PatternComponent::Kind::kAnyDepth) {
      pattern.components.pop_back();
    }
  }
  if (MatchesEverythingBelow(pattern)) return std::nullopt;
  return pattern;
}

bool PathPattern::AnyDepth() const { return AnchorDepth() < components.size(); }

size_t PathPattern::AnchorDepth() const {
  size_t depth = 0;
  while (depth < components.size() && components[depth].kind != PatternComponent::Kind::kAnyDepth) ++depth;
  return depth;
}

bool IsCovered(std::string_view path, const PathPattern& pattern) {
  for (const PatternComponent& component : pattern.components) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    const bool same =
        component.kind == PatternComponent::Kind::kLiteral ? component.text == name : GlobMatches(component.text, name);
    if (name.empty() || !same) return false;
  }
  return true;
}

bool GlobMatches(std::string_view glob, std::string_view name) {
  // Most names end otherwise than the glob wants.
  if (!glob.empty() && kSpecial.find(glob.back()) == std::string_view::npos &&
      (name.empty() || name.back() != glob.back())) {
    return false;
  }
  size_t g = 0, n = 0;
  size_t star = std::string_view::npos, star_name = 0;  // where to go on when a later part does not fit
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = ++g;
      star_name = n;
      continue;
    }
    if (g < glob.size()) {
      const bool quoted = glob[g] == '\\' && g + 1 < glob.size();
      const char want = quoted ? glob[g + 1] : glob[g];
      if ((want == '?' && !quoted) || want == name[n]) {
        g += quoted ? 2 : 1;
        ++n;
        continue;
      }
    }
    if (star == std::string_view::npos) return false;
    g = star;
    n = ++star_name;
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::string QuotePattern(std::string_view path) {
  std::string quoted;
  for (const char c : path) {
    if (kSpecial.find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

}  // namespace usher
