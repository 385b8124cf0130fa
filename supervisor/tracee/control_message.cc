#include "supervisor/tracee/control_message.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

constexpr size_t kMaxPassed = 253;  // SCM_MAX_FD

absl::Status TranslateRights(std::string& message, size_t offset, size_t length, const CallersDescriptors& descriptors,
                             std::vector<UniqueFd>& passed) {
  absl::Status lacking;
  for (size_t at = offset; at + sizeof(int) <= offset + length; at += sizeof(int)) {
    if (passed.size() >= kMaxPassed) return ErrnoStatus("SCM_RIGHTS", EINVAL);
    int number;
    std::memcpy(&number, message.data() + at, sizeof(number));
    auto duplicate = descriptors.Duplicate(number);
    if (ErrnoOf(duplicate.status()) == kAskTheCaller) {  // for all of them at once
      lacking = duplicate.status();
      continue;
    }
    USHER_ASSIGN_OR_RETURN(UniqueFd copy, std::move(duplicate));
    number = copy.get();
    std::memcpy(message.data() + at, &number, sizeof(number));
    passed.push_back(std::move(copy));
  }
  return lacking;
}

// What a message may carry. Everything else is refused: source routes and extension headers would lead past the address that
// was judged, and what the kernel learns tomorrow nobody has looked at.
enum class Kind { kRefused, kRights, kCredentials, kSource, kPlain };
Kind KindOf(const cmsghdr& header) {
  constexpr int kUdpSegment = 103;  // UDP_SEGMENT of <linux/udp.h>
  const int type = header.cmsg_type;
  switch (header.cmsg_level) {
    case SOL_SOCKET:
      return type == SCM_RIGHTS ? Kind::kRights : type == SCM_CREDENTIALS ? Kind::kCredentials : Kind::kRefused;
    case IPPROTO_IP:
      if (type == IP_PKTINFO) return Kind::kSource;
      return type == IP_TTL || type == IP_TOS ? Kind::kPlain : Kind::kRefused;
    case IPPROTO_IPV6:
      if (type == IPV6_PKTINFO) return Kind::kSource;
      return type == IPV6_HOPLIMIT || type == IPV6_TCLASS ? Kind::kPlain : Kind::kRefused;
    case IPPROTO_UDP: return type == kUdpSegment ? Kind::kPlain : Kind::kRefused;
    default: return Kind::kRefused;
  }
}

// in_pktinfo begins with the interface, in6_pktinfo ends with it. The address may be chosen, the way out not: another one may
// lead to another host of the judged address.
absl::Status ForgetInterface(int level, std::string& message, size_t data, size_t length) {
  const int none = 0;
  const bool v6 = level == IPPROTO_IPV6;
  const size_t at = v6 ? offsetof(in6_pktinfo, ipi6_ifindex) : offsetof(in_pktinfo, ipi_ifindex);
  if (length != (v6 ? sizeof(in6_pktinfo) : sizeof(in_pktinfo))) return ErrnoStatus("packet information", EINVAL);
  std::memcpy(message.data() + data + at, &none, sizeof(none));
  return absl::OkStatus();
}

}  // namespace

absl::Status TranslateControl(std::string_view control, const CallersDescriptors& descriptors, std::string& translated,
                              std::vector<UniqueFd>& passed) {
  translated.assign(control);
  size_t at = 0;
  while (translated.size() - at >= sizeof(cmsghdr)) {
    cmsghdr header;
    std::memcpy(&header, translated.data() + at, sizeof(header));
    if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > translated.size() - at) {
      return ErrnoStatus("control message", EINVAL);
    }
    const size_t data = at + CMSG_LEN(0), length = header.cmsg_len - CMSG_LEN(0);
    switch (KindOf(header)) {
      case Kind::kRefused: return ErrnoStatus("control message", EINVAL);
      case Kind::kRights: USHER_RETURN_IF_ERROR(TranslateRights(translated, data, length, descriptors, passed)); break;
      case Kind::kCredentials: {
        if (length != sizeof(ucred)) return ErrnoStatus("SCM_CREDENTIALS", EINVAL);
        const pid_t ours = getpid();
        std::memcpy(translated.data() + data + offsetof(ucred, pid), &ours, sizeof(ours));
        break;
      }
      case Kind::kSource: USHER_RETURN_IF_ERROR(ForgetInterface(header.cmsg_level, translated, data, length)); break;
      case Kind::kPlain: break;
    }
    const size_t step = CMSG_ALIGN(header.cmsg_len);
    if (step > translated.size() - at) break;
    at += step;
  }
  return absl::OkStatus();
}

}  // namespace usher
