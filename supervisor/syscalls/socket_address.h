// Socket addresses: untrusted bytes in, values out. Pure.

#ifndef USHER_SUPERVISOR_SYSCALLS_SOCKET_ADDRESS_H_
#define USHER_SUPERVISOR_SYSCALLS_SOCKET_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "policies/ip_address.h"

namespace usher {

struct InternetAddress {
  IpAddress address;  // as given, not yet normalised
  uint16_t port = 0;
};
struct UnixPath { std::string path; };        // up to the first NUL
struct UnixAbstract { std::string name; };    // without the leading NUL; may hold any byte
struct UnixUnnamed {};                        // autobind
struct UnspecifiedAddress {};                 // AF_UNSPEC: dissolves a connection
struct OtherAddress { int family = 0; };

using SocketAddress =
    std::variant<InternetAddress, UnixPath, UnixAbstract, UnixUnnamed, UnspecifiedAddress, OtherAddress>;

// EINVAL for bytes that are too few for their family.
absl::StatusOr<SocketAddress> ParseSocketAddress(std::string_view bytes);

// The bytes of a unix address with this path; EINVAL when it does not fit into sun_path.
absl::StatusOr<std::string> UnixPathAddress(std::string_view path);

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_SOCKET_ADDRESS_H_
