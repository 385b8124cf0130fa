#include "policies/host_pattern.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "policies/escape.h"
#include "policies/text.h"

namespace usher {
namespace {

absl::Status Bad(std::string_view text, std::string_view reason) {
  return absl::InvalidArgumentError(Cat("\"", Escape(text), "\" ", reason));
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// "443", "8000-8999" or "*".
bool ParsePorts(std::string_view text, HostPattern& pattern) {
  if (text == "*") return true;
  const size_t dash = text.find('-');
  const auto low = ParsePort(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : ParsePort(text.substr(dash + 1));
  if (!low || !high || *low > *high) return false;
  pattern.port_low = *low;
  pattern.port_high = *high;
  return true;
}

bool IsHostName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (const absl::string_view label : absl::StrSplit(ToAbsl(name), '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) {
      return absl::ascii_islower(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
             c == '-' || c == '_';
    });
    if (!plain) return false;
  }
  return true;
}

struct HostAndPorts {
  std::string_view host, ports;
  bool bracketed = false;
};

// Splits at the colon before the ports, which an IPv6 address hides unless it stands in brackets: "[::1]:80",
// "[fd00::]/8".
std::optional<HostAndPorts> Split(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const size_t colon = text.find(':', end);
    if (colon == std::string_view::npos) return HostAndPorts{.host = text, .ports = "*", .bracketed = true};
    return HostAndPorts{.host = text.substr(0, colon), .ports = text.substr(colon + 1), .bracketed = true};
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return HostAndPorts{.host = text, .ports = "*"};
  }
  return HostAndPorts{.host = text.substr(0, colon), .ports = text.substr(colon + 1)};
}

}  // namespace

absl::StatusOr<HostPattern> ParseHostPattern(std::string_view text) {
  HostPattern pattern;
  const auto parts = Split(text);
  if (!parts || !ParsePorts(parts->ports, pattern)) {
    return Bad(text, "has no proper port; write a host, and then \":443\", \":8000-8999\" or nothing");
  }
  std::string host = absl::AsciiStrToLower(ToAbsl(parts->host));
  if (parts->bracketed) std::erase_if(host, [](char c) { return c == '[' || c == ']'; });
  if (host == "*") return pattern;
  if (host == "loopback" || host == "localhost") {
    pattern.kind = HostPattern::Kind::kLoopback;
    return pattern;
  }
  if (const auto range = IpRange::Parse(host)) {
    const std::string_view address = std::string_view(host).substr(0, host.find('/'));
    const bool narrower =
        IpAddress::Parse(address) != range->base && range->base.v6 == (address.find(':') != std::string_view::npos);
    if (narrower) {
      return Bad(text,
                 Cat("is an address within a range; did you mean \"", range->ToString(), "\" or \"", address, "\"?"));
    }
    pattern.kind = HostPattern::Kind::kRange;
    pattern.range = *range;
    return pattern;
  }
  if (parts->bracketed || host.find('/') != std::string::npos || host.find(':') != std::string::npos) {
    return Bad(text, "is no address or range; write \"10.0.0.0/8\", \"fd00::/8\" or \"[::1]:8080\"");
  }
  if (host.starts_with("*.")) {
    return Bad(text,
               Cat("has a \"*\" in the name; \"", Escape(host.substr(1)), "\" means the domain and all below it"));
  }
  pattern.kind = HostPattern::Kind::kName;
  if (host.starts_with('.')) {
    pattern.kind = HostPattern::Kind::kNameAndSubdomains;
    host.erase(0, 1);
  }
  if (host.ends_with('.')) host.pop_back();
  if (!IsHostName(host)) {
    return Bad(text,
               "is no host name; write \"api.example\", \".example\" for a whole domain, an address, a range, \"*\" "
               "or \"loopback\" (names beyond ASCII in their \"xn--\" form)");
  }
  // "1.2.3" or "0x7f.1" would be taken for an address by some programs and for a name by us.
  const std::string_view last = std::string_view(host).substr(host.rfind('.') + 1);
  if (absl::ascii_isdigit(static_cast<unsigned char>(last.front()))) {
    return Bad(text, "ends in a number, but is no address; write all four numbers");
  }
  pattern.name = std::move(host);
  return pattern;
}

}  // namespace usher
