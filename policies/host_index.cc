#include "policies/host_index.h"

#include <algorithm>
#include <utility>

#include "policies/text.h"

namespace usher {

std::string RangeKey(const IpAddress& address, int prefix) {
  const auto whole = static_cast<size_t>(prefix / 8);
  std::string key(reinterpret_cast<const char*>(address.bytes.data()), whole);
  if (prefix % 8 != 0) key += static_cast<char>(address.bytes[whole] & (0xff00u >> (prefix % 8)));
  return key;
}

void HostIndex::Add(const HostRule& rule, bool is_default) {
  const Entry entry{.rule = &rule, .is_default = is_default};
  const HostPattern& pattern = rule.pattern;
  const auto add_range = [&](const IpRange& range) {
    const auto prefix = static_cast<size_t>(range.prefix);
    auto& by_address = range.base.v6 ? v6_ranges_[prefix] : v4_ranges_[prefix];
    by_address[RangeKey(range.base, range.prefix)].push_back(entry);
  };
  switch (pattern.kind) {
    case HostPattern::Kind::kAny:
      any_.push_back(entry);
      return;
    case HostPattern::Kind::kName:
      names_[pattern.name].push_back(entry);
      return;
    case HostPattern::Kind::kNameAndSubdomains:
      domains_[pattern.name].push_back(entry);
      return;
    case HostPattern::Kind::kRange:
      add_range(pattern.range);
      // Listening everywhere is one place, however it is written.
      if (pattern.range.base.IsUnspecified() && pattern.range.prefix == 128) {
        add_range({.base = IpAddress::V4({0, 0, 0, 0}), .prefix = 32});
      }
      return;
    case HostPattern::Kind::kLoopback:
      add_range({.base = IpAddress::V4({127, 0, 0, 0}), .prefix = 8});
      add_range({.base = IpAddress::V6({}).Normalised(), .prefix = 128});
      return;
  }
}

void HostIndex::Seal() {
  for (int prefix = 128; prefix >= 0; --prefix) {
    if (!v6_ranges_[static_cast<size_t>(prefix)].empty()) v6_prefixes_.push_back(prefix);
  }
  for (int prefix = 32; prefix >= 0; --prefix) {
    if (!v4_ranges_[static_cast<size_t>(prefix)].empty()) v4_prefixes_.push_back(prefix);
  }
}

const HostRule* HostIndex::Strictest(const Rules& rules, uint16_t port) {
  const Entry* best = nullptr;
  const auto rank = [](const Entry& entry) { return std::pair(!entry.is_default, entry.rule->verdict); };
  for (const Entry& entry : rules) {
    if (port < entry.rule->pattern.port_low || port > entry.rule->pattern.port_high) continue;
    if (best == nullptr || rank(entry) >= rank(*best)) best = &entry;
  }
  return best == nullptr ? nullptr : best->rule;
}

const HostRule* HostIndex::FindByRange(const IpAddress& address, uint16_t port) const {
  for (const int prefix : address.v6 ? v6_prefixes_ : v4_prefixes_) {
    const auto& ranges = address.v6 ? v6_ranges_[static_cast<size_t>(prefix)] : v4_ranges_[static_cast<size_t>(prefix)];
    const auto found = ranges.find(RangeKey(address, prefix));
    if (found == ranges.end()) continue;
    if (const HostRule* rule = Strictest(found->second, port)) return rule;
  }
  return nullptr;
}

const HostRule* HostIndex::FindByAddress(const IpAddress& address, uint16_t port) const {
  if (const HostRule* rule = FindByRange(address, port)) return rule;
  return Strictest(any_, port);
}

const HostRule* HostIndex::FindByName(std::string_view name, const IpAddress& address, uint16_t port) const {
  if (const auto found = names_.find(ToAbsl(name)); found != names_.end()) {
    if (const HostRule* rule = Strictest(found->second, port)) return rule;
  }
  for (std::string_view domain = name; !domain.empty();) {
    if (const auto found = domains_.find(ToAbsl(domain)); found != domains_.end()) {
      if (const HostRule* rule = Strictest(found->second, port)) return rule;
    }
    const size_t dot = domain.find('.');
    domain.remove_prefix(dot == std::string_view::npos ? domain.size() : dot + 1);
  }
  return FindByAddress(address, port);
}

}  // namespace usher
