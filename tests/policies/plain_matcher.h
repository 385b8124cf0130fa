// The law of matching, written down as plainly as possible: try every rule with every prefix of the path. Slow on
// purpose; the fast matcher is measured against it.

#ifndef USHER_TESTS_POLICIES_PLAIN_MATCHER_H_
#define USHER_TESTS_POLICIES_PLAIN_MATCHER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/path_pattern.h"
#include "policies/policy.h"

namespace usher {

class PlainMatcher {
 public:
  explicit PlainMatcher(const std::vector<FileRule>& rules) : rules_(rules) {}

  // `path` by its components.
  Verdict Decide(RuleUse use, const std::vector<std::string>& path) const {
    const std::optional<Verdict> own = Best(use, path);
    if (Best(RuleUse::kRead, path) == Verdict::kHide) return Verdict::kHide;
    return own.value_or(Verdict::kAsk);
  }

 private:
  using Components = std::vector<PatternComponent>;

  static bool Matches(const Components& pattern, size_t p, const std::vector<std::string>& path, size_t n, size_t end) {
    if (p == pattern.size()) return n == end;
    if (pattern[p].kind == PatternComponent::Kind::kAnyDepth) {
      return Matches(pattern, p + 1, path, n, end) || (n < end && Matches(pattern, p, path, n + 1, end));
    }
    if (n == end) return false;
    const bool same = pattern[p].kind == PatternComponent::Kind::kLiteral ? pattern[p].text == path[n]
                                                                          : GlobMatches(pattern[p].text, path[n]);
    return same && Matches(pattern, p + 1, path, n + 1, end);
  }

  std::optional<Verdict> Best(RuleUse use, const std::vector<std::string>& path) const {
    std::optional<std::pair<size_t, Verdict>> best;
    for (const FileRule& rule : rules_) {
      if (rule.use != use) continue;
      const auto pattern = PathPattern::Parse(rule.pattern);
      for (size_t end = pattern->exact ? path.size() : 0; end <= path.size(); ++end) {
        if (!Matches(pattern->components, 0, path, 0, end)) continue;
        const std::pair<size_t, Verdict> match = {2 * end + (pattern->exact ? 1 : 0), rule.verdict};
        if (!best || match > *best) best = match;
      }
    }
    if (!best) return std::nullopt;
    return best->second;
  }

  const std::vector<FileRule>& rules_;
};

}  // namespace usher

#endif  // USHER_TESTS_POLICIES_PLAIN_MATCHER_H_
