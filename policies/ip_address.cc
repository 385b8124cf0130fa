#include "policies/ip_address.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};    // ::ffff:0:0/96
constexpr std::array<uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};  // 64:ff9b::/96
constexpr std::array<uint8_t, 2> kSixToFour = {0x20, 0x02};                                // 2002::/16

template <size_t kSize>
bool StartsWith(const std::array<uint8_t, 16>& bytes, const std::array<uint8_t, kSize>& prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

IpAddress EmbeddedV4(const IpAddress& address, size_t offset) {
  return IpAddress::V4(
      {address.bytes[offset], address.bytes[offset + 1], address.bytes[offset + 2], address.bytes[offset + 3]});
}

// The IPv4 address that a v6 one stands for, or the address itself.
IpAddress WithoutDisguise(const IpAddress& address) {
  if (!address.v6) return address;
  if (StartsWith(address.bytes, kMapped) || StartsWith(address.bytes, kNat64)) return EmbeddedV4(address, 12);
  if (StartsWith(address.bytes, kSixToFour)) return EmbeddedV4(address, 2);
  return address;
}

bool AllZero(const IpAddress& address) {
  const size_t size = address.v6 ? 16 : 4;
  return std::all_of(address.bytes.begin(), address.bytes.begin() + size, [](uint8_t byte) { return byte == 0; });
}

// Four decimal numbers, no leading zeros (inet_aton would read those as octal, and others would not).
std::optional<std::array<uint8_t, 4>> ParseV4(std::string_view text) {
  std::array<uint8_t, 4> bytes{};
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes[i]);
    const size_t digits = static_cast<size_t>(end - text.data());
    if (error != std::errc() || (digits > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(digits);
  }
  if (!text.empty()) return std::nullopt;
  return bytes;
}

// Appends the 16-bit groups of "a:b:c", of which the last may be an IPv4 address. False when malformed.
bool ParseGroups(std::string_view text, std::vector<uint8_t>& out) {
  if (text.empty()) return true;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(text), ':')) {
    const std::string_view group = FromAbsl(part);
    const bool last = group.data() + group.size() == text.data() + text.size();
    if (group.find('.') != std::string_view::npos) {
      const auto v4 = ParseV4(group);
      if (!last || !v4) return false;
      out.insert(out.end(), v4->begin(), v4->end());
      continue;
    }
    uint16_t value = 0;
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (error != std::errc() || end != group.data() + group.size() || group.size() > 4) return false;
    out.push_back(static_cast<uint8_t>(value >> 8));
    out.push_back(static_cast<uint8_t>(value & 0xff));
  }
  return out.size() <= 16;
}

std::optional<std::array<uint8_t, 16>> ParseV6(std::string_view text) {
  std::vector<uint8_t> head, tail;
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (text.empty() || !ParseGroups(text, head) || head.size() != 16) return std::nullopt;
  } else {
    if (!ParseGroups(text.substr(0, gap), head) || !ParseGroups(text.substr(gap + 2), tail)) return std::nullopt;
    if (head.size() + tail.size() > 14) return std::nullopt;  // "::" stands for one group at least
    // An IPv4 tail may stand at the very end only, so not before the gap.
    if (text.substr(0, gap).find('.') != std::string_view::npos) return std::nullopt;
  }
  std::array<uint8_t, 16> bytes{};
  std::copy(head.begin(), head.end(), bytes.begin());
  std::copy_backward(tail.begin(), tail.end(), bytes.end());
  return bytes;
}

IpAddress Masked(const IpAddress& address, int prefix) {
  IpAddress masked = address;
  const int bits = address.v6 ? 128 : 32;
  for (int bit = prefix; bit < bits; ++bit) {
    masked.bytes[static_cast<size_t>(bit / 8)] &= static_cast<uint8_t>(~(0x80u >> (bit % 8)));
  }
  return masked;
}

}  // namespace

IpAddress IpAddress::V4(std::array<uint8_t, 4> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

IpAddress IpAddress::V6(std::array<uint8_t, 16> bytes) { return IpAddress{.v6 = true, .bytes = bytes}; }

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const auto bytes = ParseV4(text);
    if (!bytes) return std::nullopt;
    return V4(*bytes);
  }
  const auto bytes = ParseV6(text);
  if (!bytes) return std::nullopt;
  return V6(*bytes);
}

IpAddress IpAddress::Normalised() const {
  const IpAddress plain = WithoutDisguise(*this);
  if (!AllZero(plain)) return plain;
  if (!plain.v6) return V4({127, 0, 0, 1});
  IpAddress loopback = plain;
  loopback.bytes[15] = 1;
  return loopback;
}

bool IpAddress::IsLoopback() const {
  const IpAddress plain = WithoutDisguise(*this);
  if (!plain.v6) return plain.bytes[0] == 127;
  IpAddress loopback = V6({});
  loopback.bytes[15] = 1;
  return plain == loopback;
}

bool IpAddress::IsUnspecified() const { return AllZero(WithoutDisguise(*this)); }

std::string IpAddress::ToString() const {
  if (!v6) return Cat(bytes[0], ".", bytes[1], ".", bytes[2], ".", bytes[3]);
  std::array<int, 8> groups{};
  for (size_t i = 0; i < 8; ++i) groups[i] = bytes[2 * i] * 256 + bytes[2 * i + 1];
  // RFC 5952: the longest run of two or more zero groups is left out, the first one of equals.
  size_t gap = 8, gap_size = 1;
  for (size_t i = 0; i < 8;) {
    size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > gap_size) {
      gap = i;
      gap_size = end - i;
    }
    i = end + 1;
  }
  std::string text;
  for (size_t i = 0; i < 8; ++i) {
    if (i == gap) {
      text += "::";
      i += gap_size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    absl::StrAppendFormat(&text, "%x", groups[i]);
  }
  return text;
}

std::optional<IpRange> IpRange::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int bits = address->v6 ? 128 : 32;
  int prefix = bits;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    if (prefix < 0 || prefix > bits || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  }
  IpRange range{.base = Masked(*address, prefix), .prefix = prefix};
  // A range of disguised IPv4 addresses is a range of IPv4 addresses: what is judged never wears the disguise.
  const int disguise = StartsWith(address->bytes, kSixToFour) ? 16 : 96;
  const IpAddress plain = WithoutDisguise(range.base);
  if (range.base.v6 && !plain.v6 && prefix >= disguise) {
    range.prefix = std::min(prefix - disguise, 32);
    range.base = Masked(plain, range.prefix);
  }
  return range;
}

bool IpRange::Contains(const IpAddress& address) const {
  return address.v6 == base.v6 && Masked(address, prefix) == Masked(base, prefix);
}

std::string IpRange::ToString() const {
  const int bits = base.v6 ? 128 : 32;
  if (prefix == bits) return base.ToString();
  return Cat(base.ToString(), "/", prefix);
}

}  // namespace usher
