// Which sockets hold a port, as the kernel lists them?

#ifndef USHER_SUPERVISOR_KERNEL_SOCKET_DIAG_H_
#define USHER_SUPERVISOR_KERNEL_SOCKET_DIAG_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace usher {

// Inodes of the sockets of our network namespace that hold `port`: those that listen for IPPROTO_TCP, those that are
// bound for IPPROTO_UDP. 0 for one that is nobody's. `family` is AF_INET or AF_INET6. Asks NETLINK_SOCK_DIAG
// (sock_diag(7), Linux 3.3), which passes by connections, also those that are over, of which a busy machine has
// thousands. ENOENT: this kernel lists none of that protocol (it lacks inet_diag, tcp_diag or udp_diag), and will not
// later.
absl::StatusOr<std::vector<uint64_t>> SocketInodesAtPort(int family, int protocol, uint16_t port);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_SOCKET_DIAG_H_
