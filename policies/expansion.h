// What do the short forms of a policy file stand for? "." and "~" and "$TMP" in paths, "docker" among the sockets.

#ifndef USHER_POLICIES_EXPANSION_H_
#define USHER_POLICIES_EXPANSION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policies/decision.h"
#include "policies/policy.h"

namespace usher {

// The patterns that a path in a policy file stands for: one as a rule, several for "$PARENTS", none when the short form
// stands for nothing here. An error says what is wrong and what would be right, without the place.
absl::StatusOr<std::vector<std::string>> ExpandPath(std::string_view text, const PolicyContext& context);

struct SocketPatterns {
  std::vector<std::string> patterns;  // paths, and '@' with abstract names
  Risk risk = Risk::kEscape;
};

// The same for an entry of [sockets]: a path, '@' and an abstract name, or a well-known name.
absl::StatusOr<SocketPatterns> ExpandSocket(std::string_view text, const PolicyContext& context);

// "$DNS" among the hosts: one server, at the port where it answers.
HostPattern PatternOfNameServer(const IpAddress& server);

// "docker", "podman", ...
std::vector<std::string_view> WellKnownSockets();

}  // namespace usher

#endif  // USHER_POLICIES_EXPANSION_H_
