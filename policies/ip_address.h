// An internet address as a value, in one spelling.

#ifndef USHER_POLICIES_IP_ADDRESS_H_
#define USHER_POLICIES_IP_ADDRESS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// IPv4 and IPv6 addresses. The same place has one value only: v4-mapped (::ffff:a.b.c.d), NAT64 (64:ff9b::/96) and 6to4
// (2002::/16) forms of an IPv4 address become that IPv4 address, and the unspecified address becomes loopback, which is
// where Linux connects it to (Normalised). A scope id is not part of the value.
struct IpAddress {
  bool v6 = false;
  std::array<uint8_t, 16> bytes{};  // network order; the first four when !v6

  static IpAddress V4(std::array<uint8_t, 4> bytes);
  static IpAddress V6(std::array<uint8_t, 16> bytes);
  static std::optional<IpAddress> Parse(std::string_view text);

  // As judged: see the class comment.
  IpAddress Normalised() const;
  bool IsLoopback() const;
  bool IsUnspecified() const;
  std::string ToString() const;  // "10.0.0.1", "2001:db8::1" (no brackets)

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// An address range, "10.0.0.0/8" or a bare address.
struct IpRange {
  IpAddress base;
  int prefix = 0;  // bits

  static std::optional<IpRange> Parse(std::string_view text);
  bool Contains(const IpAddress& address) const;
  std::string ToString() const;
};

}  // namespace usher

#endif  // USHER_POLICIES_IP_ADDRESS_H_
