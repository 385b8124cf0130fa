#include "supervisor/kernel/socket_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

constexpr size_t kMostOfAnAnswer = 1 << 15;  // the kernel's own limit of one part of a listing

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

// What the kernel looks for itself: the port among the listeners, and no connection at all.
Request RequestFor(int family, int protocol, uint16_t port) {
  Request request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = static_cast<uint8_t>(family);
  request.body.sdiag_protocol = static_cast<uint8_t>(protocol);
  request.body.idiag_states = protocol == IPPROTO_TCP ? 1U << TCP_LISTEN : ~0U;
  request.body.id.idiag_sport = htons(port);
  return request;
}

// Adds what one part of the answer says. True: there is another part.
absl::StatusOr<bool> TakePart(const char* part, size_t size, uint16_t port, std::vector<uint64_t>* inodes) {
  while (size >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, part, sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > size) break;
    const char* body = part + NLMSG_HDRLEN;
    const size_t length = header.nlmsg_len - NLMSG_HDRLEN;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
      // A listing that failed, even before its first socket, ends like one that is complete; the number says which.
      int error;
      if (length < sizeof(error)) break;
      std::memcpy(&error, body, sizeof(error));
      if (error < 0) return ErrnoStatus("sock_diag", -error);
      return false;
    }
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || length < sizeof(inet_diag_msg)) break;
    inet_diag_msg socket;
    std::memcpy(&socket, body, sizeof(socket));
    if (ntohs(socket.id.idiag_sport) == port) inodes->push_back(socket.idiag_inode);
    const size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (step >= size) return true;
    part += step;
    size -= step;
  }
  return ErrnoStatus("sock_diag", EBADMSG);
}

}  // namespace

absl::StatusOr<std::vector<uint64_t>> SocketInodesAtPort(int family, int protocol, uint16_t port) {
  const UniqueFd kernel(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!kernel) return ErrnoStatus("socket(NETLINK_SOCK_DIAG)");
  const Request request = RequestFor(family, protocol, port);
  if (send(kernel.get(), &request, sizeof(request), 0) < 0) return ErrnoStatus("send(NETLINK_SOCK_DIAG)");
  std::vector<uint64_t> inodes;
  std::array<char, kMostOfAnAnswer> part;
  while (true) {
    // The answer is there when send() comes back: nothing waits here.
    const ssize_t size = recv(kernel.get(), part.data(), part.size(), MSG_TRUNC | MSG_DONTWAIT);
    if (size < 0) return ErrnoStatus("recv(NETLINK_SOCK_DIAG)");
    if (static_cast<size_t>(size) > part.size()) return ErrnoStatus("recv(NETLINK_SOCK_DIAG)", EMSGSIZE);
    USHER_ASSIGN_OR_RETURN(const bool more, TakePart(part.data(), static_cast<size_t>(size), port, &inodes));
    if (!more) return inodes;
  }
}

}  // namespace usher
