#include "supervisor/syscalls/socket_address.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

template <typename T>
T Load(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

constexpr size_t kPathOffset = offsetof(sockaddr_un, sun_path);
// sin6_scope_id may be left out (SIN6_LEN_RFC2133).
constexpr size_t kShortestV6 = offsetof(sockaddr_in6, sin6_scope_id);

}  // namespace

absl::StatusOr<SocketAddress> ParseSocketAddress(std::string_view bytes) {
  if (bytes.size() < sizeof(sa_family_t)) return ErrnoStatus("socket address", EINVAL);
  const int family = Load<sa_family_t>(bytes);
  switch (family) {
    case AF_UNSPEC: return UnspecifiedAddress{};
    case AF_INET: {
      if (bytes.size() < sizeof(sockaddr_in)) return ErrnoStatus("IPv4 address", EINVAL);
      const auto in = Load<sockaddr_in>(bytes);
      std::array<uint8_t, 4> octets;
      std::memcpy(octets.data(), &in.sin_addr, octets.size());
      return InternetAddress{IpAddress::V4(octets), ntohs(in.sin_port)};
    }
    case AF_INET6: {
      if (bytes.size() < kShortestV6) return ErrnoStatus("IPv6 address", EINVAL);
      sockaddr_in6 in{};
      std::memcpy(&in, bytes.data(), std::min(bytes.size(), sizeof(in)));
      std::array<uint8_t, 16> octets;
      std::memcpy(octets.data(), &in.sin6_addr, octets.size());
      return InternetAddress{IpAddress::V6(octets), ntohs(in.sin6_port)};
    }
    case AF_UNIX: {
      const std::string_view path = bytes.substr(kPathOffset);
      if (path.size() > sizeof(sockaddr_un::sun_path)) return ErrnoStatus("unix address", EINVAL);
      if (path.empty()) return UnixUnnamed{};
      if (path.front() == '\0') return UnixAbstract{std::string(path.substr(1))};
      return UnixPath{std::string(path.substr(0, path.find('\0')))};
    }
    default: return OtherAddress{family};
  }
}

absl::StatusOr<std::string> UnixPathAddress(std::string_view path) {
  sockaddr_un address{};
  if (path.size() >= sizeof(address.sun_path)) return ErrnoStatus("unix address", EINVAL);
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  std::string bytes(kPathOffset + path.size() + 1, '\0');
  std::memcpy(bytes.data(), &address, bytes.size());
  return bytes;
}

}  // namespace usher
