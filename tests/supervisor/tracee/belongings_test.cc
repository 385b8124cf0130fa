#include "supervisor/tracee/belongings.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/socket_diag.h"
#include "tests/support/lesser_host.h"
#include "tests/support/patience.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kTcp[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0\n"
    "   1: 0100007F:0BB8 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 20 4 30 10 -1\n"
    "   2: 00000000:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0\n"
    "   3: 00000000:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1 0 100 0 0 10 0\n"
    "   4: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 555\n";

TEST(SocketsAtPortTest, Table) {
  EXPECT_THAT(SocketsAtPort(kTcp, 3000, false), ElementsAre(111, 333, 555));
  EXPECT_THAT(SocketsAtPort(kTcp, 3001, false), ElementsAre(444));
  EXPECT_THAT(SocketsAtPort(kTcp, 3000, true), ElementsAre(111, 222, 333, 555)) << "a datagram socket does not listen";
  EXPECT_THAT(SocketsAtPort(kTcp, 0, false), IsEmpty());
  EXPECT_THAT(SocketsAtPort("", 3000, false), IsEmpty());
  EXPECT_THAT(SocketsAtPort(" 0: 0100007F:ZZZZ 0 0A 0 0 0 0 0 111\n", 3000, false), IsEmpty());
  EXPECT_THAT(SocketsAtPort(" 0: 0100007F 0 0A 0 0 0 0 0 111\n", 3000, false), IsEmpty());
  EXPECT_THAT(SocketsAtPort(" 0: x:10BB8 0 0A 0 0 0 0 0 111\n", 3000, false), IsEmpty()) << "more than 16 bits";
  EXPECT_THAT(SocketsAtPort(" 0: x:0BB8 0 0A 0 0 0 0 0 -1\n", 3000, false), IsEmpty());
}

class PortTest : public ::testing::TestWithParam<int> {
 protected:
  UniqueFd Bound(uint16_t* port, bool reuse = false) const {
    UniqueFd socket(::socket(AF_INET, GetParam() | SOCK_CLOEXEC, 0));
    const int one = 1;
    if (reuse) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(*port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&in), sizeof(in)), 0);
    if (GetParam() == SOCK_STREAM) listen(socket.get(), 1);
    socklen_t size = sizeof(in);
    getsockname(socket.get(), reinterpret_cast<sockaddr*>(&in), &size);
    *port = ntohs(in.sin_port);
    return socket;
  }
  bool udp() const { return GetParam() == SOCK_DGRAM; }
};

TEST_P(PortTest, OnlyWhatTheSandboxBound) {
  uint16_t port = 0;
  const UniqueFd socket = Bound(&port);
  Belongings belongings;
  EXPECT_FALSE(belongings.OwnsPort(port, udp()));
  belongings.AddSocket(socket.get());
  EXPECT_TRUE(belongings.OwnsPort(port, udp()));
  EXPECT_FALSE(belongings.OwnsPort(port, !udp()));
  uint16_t other = 0;
  const UniqueFd somebody = Bound(&other);
  EXPECT_FALSE(belongings.OwnsPort(other, udp()));
}

TEST_P(PortTest, APortSharedWithAnOutsiderIsNotOurs) {
  uint16_t port = 0;
  const UniqueFd ours = Bound(&port, true);
  Belongings belongings;
  belongings.AddSocket(ours.get());
  ASSERT_TRUE(belongings.OwnsPort(port, udp()));
  const UniqueFd theirs = Bound(&port, true);
  EXPECT_FALSE(belongings.OwnsPort(port, udp()));
}

TEST_P(PortTest, OthersHaveWhatTheSandboxDidNotBind) {
  uint16_t port = 0;
  const UniqueFd socket = Bound(&port);
  Belongings belongings;
  EXPECT_TRUE(belongings.OthersHavePort(port, udp()));
  EXPECT_FALSE(belongings.OthersHavePort(port, !udp()));
  EXPECT_FALSE(belongings.BoundAsJudged(socket.get()));
  belongings.AddSocket(socket.get());
  EXPECT_FALSE(belongings.OthersHavePort(port, udp()));
  EXPECT_TRUE(belongings.BoundAsJudged(socket.get()));
}

TEST_P(PortTest, NobodyOwnsAPortThatIsClosed) {
  uint16_t port = 0;
  Belongings belongings;
  {
    const UniqueFd socket = Bound(&port);
    belongings.AddSocket(socket.get());
  }
  EXPECT_FALSE(belongings.OwnsPort(port, udp()));
}

// As below a filter that lets nobody have the kernel's own list: the text in /proc/net says the same.
TEST_P(PortTest, WithoutTheKernelsList) {
  uint16_t port = 0, other = 0;
  const UniqueFd ours = Bound(&port), theirs = Bound(&other);
  Belongings belongings;
  belongings.AddSocket(ours.get());
  std::thread refused([&] {
    ASSERT_EQ(FilterValue(SYS_socket, 0, AF_NETLINK, SECCOMP_RET_ERRNO | EPERM), 0);
    ASSERT_EQ(ErrnoOf(SocketInodesAtPort(AF_INET, udp() ? IPPROTO_UDP : IPPROTO_TCP, port).status()), EPERM);
    EXPECT_TRUE(belongings.OwnsPort(port, udp()));
    EXPECT_FALSE(belongings.OwnsPort(other, udp()));
    EXPECT_TRUE(belongings.OthersHavePort(other, udp()));
    EXPECT_FALSE(belongings.OthersHavePort(port, udp()));
  });
  refused.join();
}

INSTANTIATE_TEST_SUITE_P(Transports, PortTest, ::testing::Values(SOCK_STREAM, SOCK_DGRAM));

TEST(BelongingsTest, TerminalsAreForgottenWithTheirMaster) {
  int master = -1, slave = -1, number = -1;
  ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  ASSERT_EQ(ioctl(master, TIOCGPTN, &number), 0);
  Belongings belongings;
  EXPECT_FALSE(belongings.OwnsTerminal(number));
  belongings.AddTerminalOfMaster(master);
  EXPECT_TRUE(belongings.OwnsTerminal(number));
  close(slave);
  close(master);
  EXPECT_FALSE(belongings.OwnsTerminal(number)) << "the number can be somebody else's by now";
  const UniqueFd none(open("/dev/null", O_RDWR));
  belongings.AddTerminalOfMaster(none.get());
  EXPECT_FALSE(belongings.OwnsTerminal(-1));
}

UniqueFd UnixSocketAt(std::string_view path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&name), size), 0) << path;
  return fd;
}

TEST(BelongingsTest, AbstractNamesAreOursWhileWeHoldThem) {
  const std::string name = Concat("usher-test-", getpid(), std::string_view("\0b", 2));
  Belongings belongings;
  EXPECT_FALSE(belongings.OwnsAbstractName(name));
  UniqueFd ours = UnixSocketAt(Concat(std::string_view("\0", 1), name));
  belongings.AddAbstractName(name, ours.get());
  EXPECT_TRUE(belongings.OwnsAbstractName(name));
  EXPECT_FALSE(belongings.OwnsAbstractName("usher-test"));
  EXPECT_FALSE(belongings.BearerOf("usher-test", SOCK_STREAM));
  EXPECT_FALSE(belongings.BearerOf(name, SOCK_DGRAM)) << "another name, as the kernel sees it";
  const std::chrono::milliseconds patience(20 * Patience() * Patience());
  EXPECT_TRUE(belongings.BearerOf(name, SOCK_STREAM, patience)) << "found, though nobody said where it is";
  belongings.AddAbstractName(name, ours.get(), getpid(), ours.get());
  UniqueFd bearer = belongings.BearerOf(name, SOCK_STREAM);
  ASSERT_TRUE(bearer);
  ours.reset();
  EXPECT_TRUE(belongings.OwnsAbstractName(name)) << "nobody else can take it while it is held";
  bearer.reset();
  const UniqueFd theirs = UnixSocketAt(Concat(std::string_view("\0", 1), name));
  EXPECT_FALSE(belongings.OwnsAbstractName(name)) << "somebody else has taken it";
}

TEST(SocketsOfAbstractNameTest, Table) {
  constexpr std::string_view kText =
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "ffff8881: 00000002 00000000 00010000 0001 01 111 @name\n"
      "ffff8882: 00000002 00000000 00010000 0001 01 222 /a/path @name\n"
      "ffff8883: 00000002 00000000 00010000 0001 01 333 @name@\n"
      "ffff8884: 00000002 00000000 00010000 0001 01 444\n"
      "ffff8885: 00000002 00000000 00010000 0001 01 555 @two\n lines\n";
  EXPECT_THAT(SocketsOfAbstractName(kText, "name"), ElementsAre(111, 222)) << "one too many does no harm";
  EXPECT_THAT(SocketsOfAbstractName(kText, std::string_view("name\0", 5)), ElementsAre(333));
  EXPECT_THAT(SocketsOfAbstractName(kText, "two\n lines"), ElementsAre(555));
  EXPECT_THAT(SocketsOfAbstractName(kText, "ame"), IsEmpty());
  EXPECT_THAT(SocketsOfAbstractName("", "name"), IsEmpty());
}

TEST(BelongingsTest, SocketFiles) {
  const std::string one = Concat("/tmp/usher-test-one-", getpid()), two = Concat("/tmp/usher-test-two-", getpid());
  const UniqueFd first = UnixSocketAt(one), second = UnixSocketAt(two);
  const UniqueFd ours(open(one.c_str(), O_PATH | O_CLOEXEC)), theirs(open(two.c_str(), O_PATH | O_CLOEXEC));
  struct stat our_file {
  }, their_file{};
  ASSERT_EQ(fstat(ours.get(), &our_file) | fstat(theirs.get(), &their_file), 0);
  Belongings belongings;
  EXPECT_FALSE(belongings.OwnsSocketFile(ours.get(), our_file));
  belongings.AddSocketFile(ours.get());
  EXPECT_TRUE(belongings.OwnsSocketFile(ours.get(), our_file));
  EXPECT_FALSE(belongings.OwnsSocketFile(theirs.get(), their_file));
  unlink(one.c_str());
  unlink(two.c_str());
  const UniqueFd older(open("/tmp", O_PATH | O_CLOEXEC));
  struct statx status {};
  ASSERT_EQ(statx(older.get(), "", AT_EMPTY_PATH, STATX_BTIME, &status), 0);
  // Older kernels keep none for a tmpfs.
  if ((status.stx_mask & STATX_BTIME) == 0) GTEST_SKIP() << "this file system keeps no moment of birth";
  EXPECT_FALSE(belongings.OwnsSocketFile(older.get(), our_file)) << "the number was given up and used again";
}

TEST(BelongingsTest, BoundNamesAreBounded) {
  Belongings belongings;
  for (int i = 0; i < 300; ++i)
    belongings.AddBoundName(Concat("/proc/self/fd/", i, "/x"), Concat("asked", i), UniqueFd());
  EXPECT_EQ(belongings.AskedPathOf("/proc/self/fd/0/x"), nullptr);
  ASSERT_NE(belongings.AskedPathOf("/proc/self/fd/299/x"), nullptr);
  EXPECT_EQ(*belongings.AskedPathOf("/proc/self/fd/299/x"), "asked299");
  EXPECT_EQ(belongings.AskedPathOf("asked299"), nullptr);
}

}  // namespace
}  // namespace usher
