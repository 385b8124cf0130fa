#include "supervisor/audit/reach.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "policies/text.h"

namespace usher {
namespace {

// "registry.example:443", ".example" (every port), "10.0.0.0/8:1-1023".
std::string HostText(const HostPattern& pattern) {
  std::string text;
  switch (pattern.kind) {
    case HostPattern::Kind::kAny:
      text = "*";
      break;
    case HostPattern::Kind::kName:
      text = pattern.name;
      break;
    case HostPattern::Kind::kNameAndSubdomains:
      text = Concat(pattern.name.starts_with('.') ? "" : ".", pattern.name);
      break;
    case HostPattern::Kind::kRange:
      text = pattern.range.ToString();
      break;
    case HostPattern::Kind::kLoopback:
      text = "loopback";
      break;
  }
  if (pattern.port_low == 0 && pattern.port_high == 65535) return text;
  if (pattern.port_low == pattern.port_high) return Concat(text, ":", pattern.port_low);
  return Concat(text, ":", pattern.port_low, "-", pattern.port_high);
}

void AddOnce(std::vector<std::string>& list, std::string value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

std::vector<std::string>& ListFor(Reach::Places& places, Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return places.allowed;
    case Verdict::kAsk:
      return places.asked;
    case Verdict::kDeny:
      return places.denied;
    case Verdict::kHide:
      return places.hidden;
  }
  return places.denied;
}

// A pattern with a star has no single object to ask about; it is believed unless its layer may not loosen anything.
bool StillAllowed(const Ruleset& rules, const FileRule& rule, Trust trust) {
  if (rule.pattern.find('*') != std::string::npos) return trust == Trust::kFull;
  switch (rule.use) {
    case RuleUse::kRead:
      return rules.Decide(FileOperation{.action = FileAction::kRead, .path = rule.pattern}).verdict == Verdict::kAllow;
    case RuleUse::kWrite:
      return rules.Decide(FileOperation{.action = FileAction::kWrite, .path = rule.pattern}).verdict == Verdict::kAllow;
    case RuleUse::kExec:
      return rules.Decide(ExecOperation{.path = rule.pattern}).verdict == Verdict::kAllow;
  }
  return false;
}

void AddFiles(Reach& reach, const Ruleset& rules, const Policy& layer) {
  for (const FileRule& rule : layer.files) {
    if (rule.verdict == Verdict::kAllow && !StillAllowed(rules, rule, layer.trust)) continue;
    Reach::Places& places = rule.use == RuleUse::kRead    ? reach.read
                            : rule.use == RuleUse::kWrite ? reach.write
                                                          : reach.exec;
    AddOnce(ListFor(places, rule.verdict), rule.pattern);
  }
}

bool MayLoosen(const Policy& layer, Verdict verdict) {
  return verdict != Verdict::kAllow || layer.trust == Trust::kFull;
}

}  // namespace

Reach ReachOf(const Ruleset& rules) {
  Reach reach;
  for (const Policy& layer : rules.layers()) {
    AddFiles(reach, rules, layer);
    for (const HostRule& rule : layer.hosts) {
      if (MayLoosen(layer, rule.verdict)) {
        AddOnce(ListFor(rule.listen ? reach.listen : reach.hosts, rule.verdict), HostText(rule.pattern));
      }
    }
    for (const SocketRule& rule : layer.sockets) {
      if (MayLoosen(layer, rule.verdict)) AddOnce(ListFor(reach.sockets, rule.verdict), rule.pattern);
    }
    for (const EnvironmentRule& rule : layer.environment) {
      if (!rule.pass || layer.trust == Trust::kFull)
        AddOnce(rule.pass ? reach.environment : reach.masked, rule.pattern);
    }
  }
  return reach;
}

}  // namespace usher
