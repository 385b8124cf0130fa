#include "supervisor/audit/added_rules.h"

#include "policies/place_words.h"

namespace usher {

std::vector<AddedRule> AddedRulesOf(const Policy& layer) {
  std::vector<AddedRule> added;
  if (IsBuiltin(layer)) return added;
  const auto add = [&](const auto& rules) {
    for (const auto& rule : rules) {
      // What one line became stands together.
      if (added.empty() || added.back().source != rule.source || added.back().text != rule.text) {
        added.push_back({rule.text, rule.source});
      }
    }
  };
  add(layer.files);
  add(layer.hosts);
  add(layer.sockets);
  add(layer.environment);
  return added;
}

}  // namespace usher
