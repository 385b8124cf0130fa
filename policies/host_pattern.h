// Text of a host rule in, HostPattern out: "api.example:443", ".corp.example", "10.0.0.0/8", "[::1]:8000-8999", "*",
// "loopback".

#ifndef USHER_POLICIES_HOST_PATTERN_H_
#define USHER_POLICIES_HOST_PATTERN_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "policies/policy.h"

namespace usher {

// An error says what is wrong and what would be right, without the place.
absl::StatusOr<HostPattern> ParseHostPattern(std::string_view text);

}  // namespace usher

#endif  // USHER_POLICIES_HOST_PATTERN_H_
