// Lines of bytes as rules, the last one as a path: the fast matcher must say what the plain one says.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "policies/ruleset.h"
#include "tests/policies/plain_matcher.h"

namespace {

// The plain matcher tries everything, so what it is given must be small.
constexpr size_t kMaxInput = 256;
constexpr size_t kMaxComponents = 12;

std::vector<std::string> Components(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    if (!name.empty()) names.emplace_back(name);
    path.remove_prefix(std::min(name.size() + 1, path.size()));
  }
  return names;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace usher;
  if (size > kMaxInput) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Policy policy;
  // Each line but the last: two bytes for use and verdict, then the pattern.
  for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.size() < 2) continue;
    FileRule rule{.use = static_cast<RuleUse>(static_cast<uint8_t>(line[0]) % 3),
                  .verdict = static_cast<Verdict>(static_cast<uint8_t>(line[1]) % 4),
                  .pattern = std::string(line.substr(2))};
    const auto pattern = PathPattern::Parse(rule.pattern);
    if (pattern && pattern->components.size() <= kMaxComponents) policy.files.push_back(std::move(rule));
  }
  const std::vector<std::string> names = Components(rest);
  if (names.size() > kMaxComponents) return 0;
  const bool canonical = !rest.empty() && rest.front() == '/' &&
                         std::none_of(names.begin(), names.end(), [](const auto& n) { return n == "." || n == ".."; });
  const Ruleset rules({policy});
  const PlainMatcher plain(policy.files);
  const std::string path(rest);
  const Operation operations[] = {FileOperation{.path = path},
                                  FileOperation{.action = FileAction::kWrite, .path = path},
                                  ExecOperation{.path = path}};
  for (int use = 0; use < 3; ++use) {
    const Verdict verdict = rules.Decide(operations[use]).verdict;
    const Verdict wanted = canonical ? plain.Decide(static_cast<RuleUse>(use), names) : Verdict::kDeny;
    if (verdict != wanted) std::abort();
  }
  return 0;
}
