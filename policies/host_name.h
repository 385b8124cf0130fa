// Which host an operation on the network is about, in one spelling.
//
// A host name that leads to this machine is judged as this machine: a name must not carry a permission for somewhere
// else to a service on loopback. So the names of such an operation count for nothing.

#ifndef USHER_POLICIES_HOST_NAME_H_
#define USHER_POLICIES_HOST_NAME_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "policies/operation.h"

namespace usher {

// Whether the operation opens a port here, rather than going to one.
bool IsListening(const NetOperation& operation);

// The address to judge. Connecting to the unspecified address is connecting to this machine; listening there is
// listening everywhere, so then it stays (as 0.0.0.0 for both families).
IpAddress JudgedAddress(const NetOperation& operation);

// The names to judge: none for a port here and for an address of this machine.
absl::Span<const std::string> JudgedNames(const NetOperation& operation);

// Without the dot at the end that some resolvers keep.
std::string_view WithoutRootDot(std::string_view name);

// Whether `name` is `domain` or lies beneath it.
bool IsInDomain(std::string_view name, std::string_view domain);

// "registry.example:443", "[2001:db8::1]:443"; port 0 is left out.
std::string HostAndPort(std::string_view host, uint16_t port);

}  // namespace usher

#endif  // USHER_POLICIES_HOST_NAME_H_
