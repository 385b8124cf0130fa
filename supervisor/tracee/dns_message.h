// DNS packets, as far as Usher reads them: which name a question is about, and which addresses an answer gives. The bytes
// are a tracee's or a network's; c-ares takes them apart. Pure.

#ifndef USHER_SUPERVISOR_TRACEE_DNS_MESSAGE_H_
#define USHER_SUPERVISOR_TRACEE_DNS_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/ip_address.h"

namespace usher {

struct DnsQuestion {
  std::string name;   // lower case, without the final dot
  uint16_t type = 0;  // 1: A, 28: AAAA
};

// The one question of a query; nothing for anything else.
std::optional<DnsQuestion> DnsQuestionOf(std::string_view packet);

// A query for `name` with recursion desired. Empty when the name cannot be asked for.
std::string DnsQuery(const std::string& name, uint16_t type, uint16_t id);

// The addresses of a response to a query of type A or AAAA, aliases followed; empty for every failure.
std::vector<IpAddress> DnsAddressesIn(std::string_view packet, uint16_t type);

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_DNS_MESSAGE_H_
