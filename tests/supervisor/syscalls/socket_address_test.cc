#include "supervisor/syscalls/socket_address.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

template <typename T>
std::string FirstBytesOf(const T& value, size_t size = sizeof(T)) {
  return {reinterpret_cast<const char*>(&value), size};
}

std::string V4(uint16_t family = AF_INET) {
  sockaddr_in in{};
  in.sin_family = family;
  in.sin_port = htons(443);
  in.sin_addr.s_addr = htonl(0xc0000207);  // 192.0.2.7
  return FirstBytesOf(in);
}
std::string V6() {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(53);
  in.sin6_addr = in6addr_loopback;
  in.sin6_scope_id = 7;
  return FirstBytesOf(in);
}
std::string Unix(std::string_view path) {
  const sa_family_t family = AF_UNIX;
  return FirstBytesOf(family) + std::string(path);
}

template <typename T>
T Parsed(std::string_view bytes) {
  const auto address = ParseSocketAddress(bytes);
  EXPECT_TRUE(address.ok()) << address.status();
  if (!address.ok() || !std::holds_alternative<T>(*address)) {
    ADD_FAILURE() << "another kind of address";
    return T{};
  }
  return std::get<T>(*address);
}
int ErrorOf(std::string_view bytes) { return ErrnoOf(ParseSocketAddress(bytes).status()); }

TEST(SocketAddressTest, Internet) {
  const auto v4 = Parsed<InternetAddress>(V4());
  EXPECT_EQ(v4.address.ToString(), "192.0.2.7");
  EXPECT_EQ(v4.port, 443);
  EXPECT_EQ(Parsed<InternetAddress>(V4() + "junk behind it").port, 443);
  const auto v6 = Parsed<InternetAddress>(V6());
  EXPECT_EQ(v6.address.ToString(), "::1");
  EXPECT_EQ(v6.port, 53);
  // Without the scope, as RFC 2133 had it.
  EXPECT_EQ(Parsed<InternetAddress>(V6().substr(0, 24)).port, 53);
}

TEST(SocketAddressTest, MappedAddressesStayAsGiven) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_addr.s6_addr[10] = in.sin6_addr.s6_addr[11] = 0xff;
  in.sin6_addr.s6_addr[12] = 10;
  const auto mapped = Parsed<InternetAddress>(FirstBytesOf(in));
  EXPECT_TRUE(mapped.address.v6);
  EXPECT_EQ(mapped.address.Normalised().ToString(), "10.0.0.0");
}

TEST(SocketAddressTest, UnixForms) {
  EXPECT_EQ(Parsed<UnixPath>(Unix(std::string("/run/x\0ignored", 14))).path, "/run/x");
  EXPECT_EQ(Parsed<UnixPath>(Unix("/run/x")).path, "/run/x") << "no NUL is needed";
  EXPECT_EQ(Parsed<UnixPath>(Unix(std::string(108, 'a'))).path, std::string(108, 'a'));
  EXPECT_EQ(Parsed<UnixAbstract>(Unix(std::string("\0bus\0x", 6))).name, std::string("bus\0x", 5));
  EXPECT_EQ(Parsed<UnixAbstract>(Unix(std::string("\0", 1))).name, "");
  Parsed<UnixUnnamed>(Unix(""));
}

TEST(SocketAddressTest, OtherFamilies) {
  Parsed<UnspecifiedAddress>(V4(AF_UNSPEC));
  Parsed<UnspecifiedAddress>(std::string(2, '\0'));
  sockaddr_nl netlink{};
  netlink.nl_family = AF_NETLINK;
  EXPECT_EQ(Parsed<OtherAddress>(FirstBytesOf(netlink)).family, AF_NETLINK);
  EXPECT_EQ(Parsed<OtherAddress>("\xff\xff").family, 0xffff);
}

TEST(SocketAddressTest, TooShortIsRefused) {
  for (size_t size = 0; size < sizeof(sa_family_t); ++size) EXPECT_EQ(ErrorOf(V4().substr(0, size)), EINVAL) << size;
  for (size_t size = 2; size < sizeof(sockaddr_in); ++size) EXPECT_EQ(ErrorOf(V4().substr(0, size)), EINVAL) << size;
  for (size_t size = 2; size < 24; ++size) EXPECT_EQ(ErrorOf(V6().substr(0, size)), EINVAL) << size;
  EXPECT_EQ(ErrorOf(V4()), 0);
  EXPECT_EQ(ErrorOf(V6()), 0);
}

TEST(SocketAddressTest, UnixPathThatCannotFitIsRefused) {
  EXPECT_EQ(ErrorOf(Unix(std::string(109, 'a'))), EINVAL);
  EXPECT_EQ(ErrnoOf(UnixPathAddress(std::string(108, 'a')).status()), EINVAL);
  EXPECT_TRUE(UnixPathAddress(std::string(107, 'a')).ok());
}

TEST(SocketAddressTest, UnixPathAddressIsReadBack) {
  const auto bytes = UnixPathAddress("/proc/self/fd/12/name");
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(Parsed<UnixPath>(*bytes).path, "/proc/self/fd/12/name");
  EXPECT_EQ(bytes->back(), '\0');
}

}  // namespace
}  // namespace usher
