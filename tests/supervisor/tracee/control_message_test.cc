#include "supervisor/tracee/control_message.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"
#include "tests/support/forked_tracee.h"

namespace usher {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kTraceesFd = 500;  // not open here

std::string ControlMessage(int level, int type, std::string_view data, size_t claimed = 0) {
  cmsghdr header{};
  header.cmsg_level = level;
  header.cmsg_type = type;
  header.cmsg_len = claimed != 0 ? claimed : CMSG_LEN(data.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  bytes += data;
  bytes.resize(CMSG_SPACE(data.size()));
  return bytes;
}
std::string Rights(const std::vector<int>& fds) {
  return ControlMessage(SOL_SOCKET, SCM_RIGHTS, {reinterpret_cast<const char*>(fds.data()), fds.size() * sizeof(int)});
}
std::vector<int> FdsIn(const std::string& control, size_t at, size_t count) {
  std::vector<int> fds(count);
  std::memcpy(fds.data(), control.data() + at + CMSG_LEN(0), count * sizeof(int));
  return fds;
}

class ControlMessageTest : public ::testing::Test {
 protected:
  int Translate(std::string_view control) {
    return ErrnoOf(TranslateControl(control, tracee_.pid(), translated_, passed_));
  }

  ForkedTracee tracee_{[] {
    const int fd = open("/dev/null", O_RDWR);
    if (dup2(fd, kTraceesFd) < 0) _exit(1);
  }};
  std::string translated_;
  std::vector<UniqueFd> passed_;
};

TEST_F(ControlMessageTest, DescriptorsAreTheTracees) {
  ASSERT_EQ(Translate(Rights({kTraceesFd, kTraceesFd})), 0);
  ASSERT_THAT(passed_, SizeIs(2));
  const std::vector<int> fds = FdsIn(translated_, 0, 2);
  EXPECT_EQ(fds[0], passed_[0].get());
  EXPECT_EQ(fds[1], passed_[1].get());
  EXPECT_EQ(*NameOf(fds[0]), "/dev/null");
}

TEST_F(ControlMessageTest, OursCannotBeNamed) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd high(fcntl(ends[0], F_DUPFD_CLOEXEC, 600));
  EXPECT_EQ(Translate(Rights({high.get()})), EBADF);
  EXPECT_EQ(Translate(Rights({-1})), EBADF);
  EXPECT_EQ(Translate(Rights({kTraceesFd, 999})), EBADF);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(ControlMessageTest, SeveralMessages) {
  ASSERT_EQ(Translate(Rights({kTraceesFd}) + ControlMessage(IPPROTO_IP, IP_TTL, "abcd") + Rights({kTraceesFd})), 0);
  ASSERT_THAT(passed_, SizeIs(2));
  EXPECT_EQ(FdsIn(translated_, 2 * CMSG_SPACE(sizeof(int)), 1)[0], passed_[1].get());
}

TEST_F(ControlMessageTest, HarmlessOnesPassUnchanged) {
  const std::string others = ControlMessage(IPPROTO_IP, IP_TOS, "abcd") + ControlMessage(IPPROTO_UDP, 103 /* UDP_SEGMENT */, "ab") +
                             ControlMessage(IPPROTO_IPV6, IPV6_HOPLIMIT, "abcd") + ControlMessage(IPPROTO_IPV6, IPV6_TCLASS, "abcd");
  ASSERT_EQ(Translate(others), 0);
  EXPECT_EQ(translated_, others);
  ASSERT_EQ(Translate(""), 0);
  EXPECT_EQ(translated_, "");
  EXPECT_THAT(passed_, IsEmpty());
  // SCM_RIGHTS of another level is IP_TOS.
  ASSERT_EQ(Translate(ControlMessage(IPPROTO_IP, SCM_RIGHTS, "abcd")), 0);
  EXPECT_THAT(passed_, IsEmpty());
}

TEST_F(ControlMessageTest, TheSourceMayBeChosenButNotTheInterface) {
  in_pktinfo v4{.ipi_ifindex = 7, .ipi_spec_dst = {1}, .ipi_addr = {2}};
  in6_pktinfo v6{.ipi6_addr = in6addr_loopback, .ipi6_ifindex = 7};
  ASSERT_EQ(Translate(ControlMessage(IPPROTO_IP, IP_PKTINFO, {reinterpret_cast<const char*>(&v4), sizeof(v4)})), 0);
  v4.ipi_ifindex = 0;
  EXPECT_EQ(translated_, ControlMessage(IPPROTO_IP, IP_PKTINFO, {reinterpret_cast<const char*>(&v4), sizeof(v4)}));
  ASSERT_EQ(Translate(ControlMessage(IPPROTO_IPV6, IPV6_PKTINFO, {reinterpret_cast<const char*>(&v6), sizeof(v6)})), 0);
  v6.ipi6_ifindex = 0;
  EXPECT_EQ(translated_, ControlMessage(IPPROTO_IPV6, IPV6_PKTINFO, {reinterpret_cast<const char*>(&v6), sizeof(v6)}));
  EXPECT_EQ(Translate(ControlMessage(IPPROTO_IP, IP_PKTINFO, "short")), EINVAL);
  EXPECT_EQ(Translate(ControlMessage(IPPROTO_IPV6, IPV6_PKTINFO, "short")), EINVAL);
}

TEST_F(ControlMessageTest, WhatLeadsElsewhereIsRefused) {
  const std::pair<int, int> refused[] = {
      {IPPROTO_IP, IP_RETOPTS},        {IPPROTO_IPV6, IPV6_RTHDR},      {IPPROTO_IPV6, IPV6_2292RTHDR},
      {IPPROTO_IPV6, IPV6_HOPOPTS},    {IPPROTO_IPV6, IPV6_DSTOPTS},    {IPPROTO_IPV6, IPV6_RTHDRDSTOPTS},
      {IPPROTO_IPV6, IPV6_2292PKTINFO}, {IPPROTO_IPV6, 11 /* FLOWINFO */}, {SOL_SOCKET, SO_MARK},
      {SOL_SOCKET, 61 /* SCM_TXTIME */}, {SOL_SOCKET, 4 /* SCM_PIDFD */}, {IPPROTO_TCP, 1}};
  for (const auto& [level, type] : refused) {
    EXPECT_EQ(Translate(ControlMessage(level, type, std::string(24, 'x'))), EINVAL) << level << " " << type;
    EXPECT_EQ(Translate(Rights({kTraceesFd}) + ControlMessage(level, type, std::string(24, 'x'))), EINVAL);
  }
}

TEST_F(ControlMessageTest, CredentialsBearTheOnlyIdWeMayClaim) {
  const ucred claimed{tracee_.pid(), 12, 34};
  ASSERT_EQ(Translate(ControlMessage(SOL_SOCKET, SCM_CREDENTIALS, {reinterpret_cast<const char*>(&claimed), sizeof(claimed)})),
            0);
  ucred told;
  std::memcpy(&told, translated_.data() + CMSG_LEN(0), sizeof(told));
  EXPECT_EQ(told.pid, getpid());
  EXPECT_EQ(told.uid, 12u) << "the kernel judges these";
  EXPECT_EQ(told.gid, 34u);
}

TEST_F(ControlMessageTest, LengthsThatLie) {
  const int fd = kTraceesFd;
  const std::string_view data(reinterpret_cast<const char*>(&fd), sizeof(fd));
  const struct {
    size_t claimed;
    int error;
  } cases[] = {{1, EINVAL},
               {CMSG_LEN(0) - 1, EINVAL},
               {CMSG_LEN(0), 0},
               {CMSG_LEN(3), 0},
               {CMSG_LEN(4), 0},
               {CMSG_SPACE(4), 0 /* two */},
               {CMSG_SPACE(4) + 1, EINVAL},
               {SIZE_MAX, EINVAL},
               {SIZE_MAX - 7, EINVAL},
               {size_t{1} << 63, EINVAL}};
  for (const auto& c : cases) {
    passed_.clear();
    const int error = Translate(ControlMessage(SOL_SOCKET, SCM_RIGHTS, data, c.claimed));
    if (c.claimed == CMSG_SPACE(4)) {
      EXPECT_TRUE(error == 0 || error == EBADF) << "the padding is descriptor 0";
    } else {
      EXPECT_EQ(error, c.error) << c.claimed;
    }
    if (error == 0) {
      EXPECT_THAT(passed_, SizeIs((c.claimed - CMSG_LEN(0)) / sizeof(int)));
    }
  }
}

TEST_F(ControlMessageTest, BytesTooFewForAHeaderAreNoMessage) {
  for (size_t size = 0; size < sizeof(cmsghdr); ++size) {
    EXPECT_EQ(Translate(std::string(size, '\xff')), 0) << size;
    EXPECT_THAT(passed_, IsEmpty());
  }
  EXPECT_EQ(Translate(std::string(sizeof(cmsghdr), '\xff')), EINVAL);
  EXPECT_EQ(Translate(std::string(sizeof(cmsghdr), '\0')), EINVAL);
}

TEST_F(ControlMessageTest, NoMoreDescriptorsThanTheKernelTakes) {
  EXPECT_EQ(Translate(Rights(std::vector<int>(253, kTraceesFd))), 0);
  EXPECT_THAT(passed_, SizeIs(253));
  passed_.clear();
  EXPECT_EQ(Translate(Rights(std::vector<int>(254, kTraceesFd))), EINVAL);
}

TEST_F(ControlMessageTest, OfATraceeThatIsGone) {
  std::string translated;
  std::vector<UniqueFd> passed;
  pid_t pid;
  {
    const ForkedTracee gone;
    pid = gone.pid();
  }
  EXPECT_FALSE(TranslateControl(Rights({0}), pid, translated, passed).ok());
}

}  // namespace
}  // namespace usher
