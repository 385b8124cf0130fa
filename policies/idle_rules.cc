#include "policies/idle_rules.h"

#include <optional>
#include <string>
#include <utility>

#include "policies/operation.h"
#include "policies/place_words.h"
#include "policies/policy.h"

namespace usher {
namespace {

// What such a rule speaks of, where that is one thing.
std::optional<Operation> ExampleOf(const FileRule& rule) {
  std::string path(rule.pattern);
  if (path.find_first_of("*?\\") != std::string::npos) return std::nullopt;
  if (path.ends_with("/.")) path.resize(path.size() == 2 ? 1 : path.size() - 2);
  return UseOf(rule.use, std::move(path));
}

std::optional<Operation> ExampleOf(const HostRule& rule) {
  const HostPattern& pattern = rule.pattern;
  NetOperation operation{.action = rule.listen ? NetAction::kListen : NetAction::kConnect,
                         .address = IpAddress::V4({192, 0, 2, 1}),  // what no other rule speaks of (RFC 5737)
                         .port = pattern.port_low == 0 ? uint16_t{443} : pattern.port_low};
  switch (pattern.kind) {
    case HostPattern::Kind::kName:
    case HostPattern::Kind::kNameAndSubdomains:
      operation.names = {pattern.name};
      return operation;
    case HostPattern::Kind::kLoopback:
      operation.address = IpAddress::V4({127, 0, 0, 1});
      return operation;
    case HostPattern::Kind::kRange:
      operation.address = pattern.range.base;
      return operation;
    case HostPattern::Kind::kAny:
      return operation;
  }
  return std::nullopt;
}

}  // namespace

std::vector<IdleRule> IdleRulesOf(const Ruleset& ruleset) {
  std::vector<IdleRule> idle;
  const auto look_at = [&](const auto& rules) {
    for (const auto& rule : rules) {
      if (rule.verdict != Verdict::kAllow) continue;
      const auto example = ExampleOf(rule);
      if (!example) continue;
      const Verdict verdict = ruleset.Decide(*example).verdict;
      if (verdict != Verdict::kAllow) idle.push_back({rule.text, rule.source, verdict});
    }
  };
  for (const Policy& layer : ruleset.layers()) {
    if (layer.trust != Trust::kTighten) continue;
    look_at(layer.files);
    look_at(layer.hosts);
  }
  return idle;
}

}  // namespace usher
