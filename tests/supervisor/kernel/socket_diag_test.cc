// The kernel's own list of who holds a port, against sockets that are there.

#include "supervisor/kernel/socket_diag.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

uint64_t InodeOf(const UniqueFd& fd) {
  struct stat status {};
  EXPECT_EQ(fstat(fd.get(), &status), 0);
  return status.st_ino;
}

class SocketDiagTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (ErrnoOf(SocketInodesAtPort(AF_INET, protocol(), 1).status()) == ENOENT)
      GTEST_SKIP() << "no inet_diag in this kernel";
  }
  static int protocol() { return GetParam() == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP; }
  // Bound at the loopback interface; with port 0, to one that is free.
  static UniqueFd Bound(uint16_t* port) {
    UniqueFd fd(socket(AF_INET, GetParam() | SOCK_CLOEXEC, 0));
    const int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(*port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
    EXPECT_TRUE(GetParam() != SOCK_STREAM || listen(fd.get(), 8) == 0);
    socklen_t size = sizeof(name);
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &size);
    *port = ntohs(name.sin_port);
    return fd;
  }
};

TEST_P(SocketDiagTest, WhoHoldsAPort) {
  uint16_t port = 0, other = 0;
  const UniqueFd there = Bound(&port), elsewhere = Bound(&other);
  const auto inodes = SocketInodesAtPort(AF_INET, protocol(), port);
  ASSERT_TRUE(inodes.ok()) << inodes.status();
  EXPECT_THAT(*inodes, Contains(InodeOf(there)));
  EXPECT_THAT(*inodes, Not(Contains(InodeOf(elsewhere))));
  EXPECT_THAT(SocketInodesAtPort(AF_INET6, protocol(), port).value(), Not(Contains(InodeOf(there))));
}

// More than one part of an answer holds.
TEST_P(SocketDiagTest, EachOfMany) {
  uint16_t port = 0;
  std::vector<UniqueFd> sockets;
  std::vector<uint64_t> expected;
  for (int i = 0; i < 600; ++i) {
    sockets.push_back(Bound(&port));
    expected.push_back(InodeOf(sockets.back()));
  }
  EXPECT_THAT(SocketInodesAtPort(AF_INET, protocol(), port).value(), UnorderedElementsAreArray(expected));
  sockets.clear();
  EXPECT_THAT(SocketInodesAtPort(AF_INET, protocol(), port).value(), IsEmpty());
}

// A listing that fails says so at its end, where one that is complete ends as well.
TEST(SocketDiagFailureTest, IsNoEmptyList) {
  constexpr int kDccp = 33;  // nobody lists these
  EXPECT_FALSE(SocketInodesAtPort(AF_INET, kDccp, 1).ok());
  EXPECT_FALSE(SocketInodesAtPort(AF_INET, IPPROTO_ICMP, 1).ok());
}

// A connection has the listener's port, and goes on when the listener is gone; nobody can be reached there any more.
TEST(SocketDiagConnectionTest, IsNotListed) {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(listen(listener.get(), 1), 0);
  sockaddr_in name{};
  socklen_t size = sizeof(name);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
  const UniqueFd accepted(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const auto inodes = SocketInodesAtPort(AF_INET, IPPROTO_TCP, ntohs(name.sin_port));
  if (ErrnoOf(inodes.status()) == ENOENT) GTEST_SKIP() << "no inet_diag in this kernel";
  EXPECT_THAT(inodes.value(), ::testing::ElementsAre(InodeOf(listener)));
}

INSTANTIATE_TEST_SUITE_P(Transports, SocketDiagTest, ::testing::Values(SOCK_STREAM, SOCK_DGRAM));

}  // namespace
}  // namespace usher
