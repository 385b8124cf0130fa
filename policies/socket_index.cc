#include "policies/socket_index.h"

#include "policies/text.h"

namespace usher {

const SocketRule* SocketIndex::Stricter(const SocketRule* a, const SocketRule* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return b->verdict >= a->verdict ? b : a;
}

void SocketIndex::Add(const SocketRule& rule, uint32_t layer) {
  const std::string_view text = rule.pattern;
  if (text.starts_with('@')) {
    if (text.find_first_of("*?\\") != std::string_view::npos) {
      abstract_globs_.push_back(&rule);
    } else {
      const SocketRule*& known = abstract_names_[std::string(text)];
      known = Stricter(known, &rule);
    }
    return;
  }
  const PathEntry entry{
      .verdict = rule.verdict, .risk = rule.risk, .layer = layer, .rule = static_cast<int32_t>(rules_.size())};
  if (!paths_.AddPlain(text, entry)) {
    const auto pattern = PathPattern::Parse(text);
    if (!pattern) return;
    paths_.Add(*pattern, entry);
  }
  rules_.push_back(&rule);
}

const SocketRule* SocketIndex::Find(std::string_view name) const {
  if (name.starts_with('@')) {
    if (const auto found = abstract_names_.find(ToAbsl(name)); found != abstract_names_.end()) return found->second;
    const SocketRule* best = nullptr;
    for (const SocketRule* rule : abstract_globs_) {
      if (GlobMatches(rule->pattern, name)) best = Stricter(best, rule);
    }
    return best;
  }
  const PathIndex::Found found = paths_.Find(name, {});
  const PathEntry* best = found.best[0];
  return best == nullptr ? nullptr : rules_[static_cast<size_t>(best->rule)];
}

}  // namespace usher
