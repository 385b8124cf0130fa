#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <utime.h>

#include <cstring>
#include <string>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/syscalls/call.h"
#include "tests/support/fake_memory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr uint64_t kAt = 0x10000;      // where tests put what a first pointer points to
constexpr uint64_t kBehind = 0x20000;  // and a second one
constexpr uint64_t kNowhere = 0xdead0000;
constexpr uint64_t kJunk = 0xffffffff00000000;  // in the upper half of a register that the kernel takes 32 bits of

class DecodeTest : public ::testing::Test {
 protected:
  static const Row& RowOf(std::string_view name) {
    for (const Row& row : Table()) {
      if (row.name == name) return row;
    }
    ADD_FAILURE() << "no row " << name;
    static const Row none;
    return none;
  }
  absl::StatusOr<Call> Try(std::string_view name, std::array<uint64_t, 6> args) const {
    return Decode(RowOf(name), {.id = 1, .tid = 42, .args = args}, memory_);
  }
  Call Decoded(std::string_view name, std::array<uint64_t, 6> args) const {
    auto call = Try(name, args);
    EXPECT_TRUE(call.ok()) << name << ": " << call.status();
    return call.ok() ? *std::move(call) : Call{};
  }
  int ErrorOf(std::string_view name, std::array<uint64_t, 6> args) const { return ErrnoOf(Try(name, args).status()); }

  // A struct msghdr at `at`, its one buffer holding `data`.
  void PutMessage(uint64_t at, msghdr header, std::string_view data) {
    const uint64_t vector = at + 0x1000, buffer = at + 0x2000;
    memory_.Put(buffer, data);
    memory_.PutValue(vector, std::array<uint64_t, 2>{buffer, data.size()});
    header.msg_iov = reinterpret_cast<iovec*>(vector);
    header.msg_iovlen = 1;
    memory_.PutValue(at, header);
  }

  FakeMemory memory_;
};

TEST_F(DecodeTest, Open) {
  memory_.PutString(kAt, "a/b");
  const Call call = Decoded("openat", {kJunk | 7, kAt, kJunk | O_WRONLY | O_CREAT, kJunk | 0644});
  ASSERT_THAT(call.names, SizeIs(1));
  EXPECT_EQ(call.names[0].dirfd, 7);
  EXPECT_EQ(call.names[0].text, "a/b");
  EXPECT_EQ(call.names[0].kind, NameKind::kObject);
  EXPECT_EQ(call.open_flags, static_cast<uint32_t>(O_WRONLY | O_CREAT));
  EXPECT_EQ(call.mode, 0644u);
  EXPECT_EQ(call.tid, 42);
  EXPECT_EQ(Decoded("openat", {kJunk | static_cast<uint32_t>(AT_FDCWD), kAt}).names[0].dirfd, AT_FDCWD);
  EXPECT_EQ(Decoded("open", {kAt, O_RDWR}).names[0].dirfd, AT_FDCWD);
  EXPECT_EQ(Decoded("creat", {kAt, 0600}).open_flags, static_cast<uint32_t>(O_CREAT | O_WRONLY | O_TRUNC));
}

TEST_F(DecodeTest, EachNameHasItsOwnDirectory) {
  memory_.PutString(kAt, "old");
  memory_.PutString(kBehind, "new");
  const Call call = Decoded("renameat2", {3, kAt, 4, kBehind, 1});
  ASSERT_THAT(call.names, SizeIs(2));
  EXPECT_EQ(call.names[0].dirfd, 3);
  EXPECT_EQ(call.names[1].dirfd, 4);
  EXPECT_EQ(call.names[1].text, "new");
  EXPECT_EQ(call.names[1].kind, NameKind::kNewName);
  EXPECT_EQ(call.rename_flags, 1u);
  const Call link = Decoded("symlinkat", {kAt, 4, kBehind});
  EXPECT_EQ(link.text, "old");
  EXPECT_EQ(link.names[0].dirfd, 4);
}

TEST_F(DecodeTest, FlagsSayWhetherALinkIsFollowed) {
  memory_.PutString(kAt, "x");
  memory_.PutString(kBehind, "y");
  const auto kind = [&](std::string_view name, std::array<uint64_t, 6> args) {
    return Decoded(name, args).names[0].kind;
  };
  EXPECT_EQ(kind("fchownat", {0, kAt, 0, 0, 0}), NameKind::kObject);
  EXPECT_EQ(kind("fchownat", {0, kAt, 0, 0, AT_SYMLINK_NOFOLLOW}), NameKind::kLinkItself);
  EXPECT_EQ(kind("lchown", {kAt, 0, 0}), NameKind::kLinkItself);
  EXPECT_EQ(kind("utimensat", {0, kAt, 0, AT_SYMLINK_NOFOLLOW}), NameKind::kLinkItself);
  EXPECT_EQ(kind("fchmodat2", {0, kAt, 0, AT_SYMLINK_NOFOLLOW}), NameKind::kLinkItself);
  EXPECT_EQ(kind("fchmodat", {0, kAt, 0, AT_SYMLINK_NOFOLLOW}), NameKind::kObject) << "it takes no flags";
  EXPECT_EQ(kind("linkat", {0, kAt, 0, kBehind, 0}), NameKind::kLinkItself);
  EXPECT_EQ(kind("linkat", {0, kAt, 0, kBehind, AT_SYMLINK_FOLLOW}), NameKind::kObject);
  EXPECT_EQ(kind("execveat", {0, kAt, 0, 0, AT_SYMLINK_NOFOLLOW}), NameKind::kLinkItself);
  EXPECT_EQ(kind("inotify_add_watch", {0, kAt, IN_MODIFY}), NameKind::kObject);
  EXPECT_EQ(kind("inotify_add_watch", {0, kAt, IN_MODIFY | IN_DONT_FOLLOW}), NameKind::kLinkItself);
  EXPECT_EQ(kind("unlinkat", {0, kAt, AT_SYMLINK_NOFOLLOW}), NameKind::kNewName);
}

TEST_F(DecodeTest, EmptyPathMeansTheDescriptorOnlyWhenAsked) {
  memory_.PutString(kAt, "");
  memory_.PutString(kBehind, "y");
  EXPECT_TRUE(Decoded("fchownat", {5, kAt, 0, 0, AT_EMPTY_PATH}).names[0].empty_is_dirfd);
  EXPECT_FALSE(Decoded("fchownat", {5, kAt, 0, 0, 0}).names[0].empty_is_dirfd);
  EXPECT_FALSE(Decoded("fchownat", {5, kBehind, 0, 0, AT_EMPTY_PATH}).names[0].empty_is_dirfd);
  EXPECT_TRUE(Decoded("execveat", {5, kAt, 0, 0, AT_EMPTY_PATH}).names[0].empty_is_dirfd);
  const Call link = Decoded("linkat", {5, kAt, 6, kAt, AT_EMPTY_PATH});
  EXPECT_TRUE(link.names[0].empty_is_dirfd);
  EXPECT_FALSE(link.names[1].empty_is_dirfd) << "nothing can be made without a name";
}

TEST_F(DecodeTest, NullNames) {
  const Call call = Decoded("utimensat", {5, 0, 0, 0});
  EXPECT_TRUE(call.names[0].empty_is_dirfd);
  EXPECT_EQ(call.names[0].dirfd, 5);
  EXPECT_FALSE(call.times.has_value());
  EXPECT_TRUE(Decoded("futimesat", {5, 0, 0}).names[0].empty_is_dirfd);
  EXPECT_EQ(ErrorOf("utimensat", {static_cast<uint32_t>(AT_FDCWD), 0, 0, 0}), EFAULT);
  EXPECT_EQ(ErrorOf("openat", {5, 0, 0}), EFAULT);
  EXPECT_EQ(ErrorOf("unlink", {0}), EFAULT);
}

TEST_F(DecodeTest, Times) {
  memory_.PutString(kAt, "x");
  memory_.PutValue(kBehind, std::array<timespec, 2>{timespec{5, 6}, timespec{7, UTIME_OMIT}});
  const Call call = Decoded("utimensat", {0, kAt, kBehind, 0});
  ASSERT_TRUE(call.times);
  EXPECT_EQ((*call.times)[0].tv_nsec, 6);
  EXPECT_EQ((*call.times)[1].tv_nsec, UTIME_OMIT);
  memory_.PutValue(kBehind, std::array<timespec, 2>{timespec{5, 1'000'000'000}, timespec{7, 0}});
  EXPECT_EQ(ErrorOf("utimensat", {0, kAt, kBehind, 0}), EINVAL);
  memory_.PutValue(kBehind, std::array<timeval, 2>{timeval{5, 999'999}, timeval{7, 0}});
  EXPECT_EQ((*Decoded("utimes", {kAt, kBehind}).times)[0].tv_nsec, 999'999'000);
  for (const suseconds_t bad :
       {suseconds_t{1'000'000}, suseconds_t{-1}, suseconds_t{INT64_MAX}, UTIME_OMIT / 1000 + 1}) {
    memory_.PutValue(kBehind, std::array<timeval, 2>{timeval{5, 0}, timeval{7, bad}});
    EXPECT_EQ(ErrorOf("utimes", {kAt, kBehind}), EINVAL) << bad;
  }
  memory_.PutValue(kBehind, utimbuf{11, 12});
  EXPECT_EQ((*Decoded("utime", {kAt, kBehind}).times)[1].tv_sec, 12);
  EXPECT_EQ(ErrorOf("utime", {kAt, kNowhere}), EFAULT);
}

TEST_F(DecodeTest, NamesAtPageBorders) {
  const uint64_t border = 0x40000;  // the page from here on is not there
  memory_.PutString(border - 4, "abc");
  EXPECT_EQ(Decoded("unlink", {border - 4}).names[0].text, "abc");
  memory_.Put(border - 3, "abc");
  EXPECT_EQ(ErrorOf("unlink", {border - 3}), EFAULT) << "the NUL would be on a page that is not there";
  memory_.PutString(0x50000 - 2, "across");
  EXPECT_EQ(Decoded("unlink", {0x50000 - 2}).names[0].text, "across");
  EXPECT_EQ(ErrorOf("unlink", {kNowhere}), EFAULT);
  EXPECT_EQ(ErrorOf("unlink", {UINT64_MAX}), EFAULT);
}

TEST_F(DecodeTest, LongNames) {
  memory_.PutString(kAt, std::string(4095, 'a'));
  EXPECT_EQ(Decoded("unlink", {kAt}).names[0].text.size(), 4095u);
  memory_.PutString(kAt, std::string(4096, 'a'));
  EXPECT_EQ(ErrorOf("unlink", {kAt}), ENAMETOOLONG);
  EXPECT_EQ(ErrorOf("symlink", {kAt, kAt}), ENAMETOOLONG);
  memory_.PutString(kBehind, "x");
  EXPECT_EQ(ErrorOf("symlink", {kBehind, kAt}), ENAMETOOLONG);
}

TEST_F(DecodeTest, NumbersLoseTheirUpperHalf) {
  memory_.PutString(kAt, "x");
  const Call owner = Decoded("fchownat", {0, kAt, kJunk | 1000, kJunk | 0xffffffff, kJunk | AT_SYMLINK_NOFOLLOW});
  EXPECT_EQ(owner.owner, 1000u);
  EXPECT_EQ(owner.group, 0xffffffffu);
  EXPECT_EQ(owner.at_flags, static_cast<uint32_t>(AT_SYMLINK_NOFOLLOW));
  EXPECT_EQ(Decoded("fchmod", {kJunk | 9, kJunk | 0x10644}).fd, 9);
  EXPECT_EQ(Decoded("fchmod", {9, 0x10644}).mode, 0x0644u) << "umode_t has 16 bits";
  EXPECT_EQ(Decoded("mknod", {kAt, S_IFCHR | 0600, kJunk | 0x103}).device, 0x103u);
  EXPECT_EQ(Decoded("truncate", {kAt, 1ull << 40}).length, int64_t{1} << 40);
  EXPECT_EQ(Decoded("truncate", {kAt, UINT64_MAX}).length, -1);
  EXPECT_EQ(Decoded("listen", {3, kJunk | 5}).backlog, 5);
  EXPECT_THAT(Decoded("kill", {kJunk | static_cast<uint32_t>(-5), 9}).pids, ElementsAre(-5));
  memory_.PutValue(kAt, linger{1, 30});
  EXPECT_EQ(Decoded("setsockopt", {3, 1, 13, kAt, kJunk | sizeof(linger)}).lingering.l_linger, 30);
  EXPECT_EQ(ErrorOf("setsockopt", {3, 1, 13, kAt, sizeof(linger) - 1}), EINVAL);
  EXPECT_EQ(ErrorOf("setsockopt", {3, 1, 13, kAt, kJunk}), EINVAL);
  EXPECT_EQ(ErrorOf("setsockopt", {3, 1, 13, kNowhere, sizeof(linger)}), EFAULT);
  siginfo_t info{};
  info.si_signo = 9;
  memory_.PutValue(kAt, info);
  EXPECT_EQ(Decoded("pidfd_send_signal", {3, kJunk | 9, kAt}).signal_info->si_signo, 9);
  EXPECT_EQ(Decoded("pidfd_send_signal", {3, kJunk | 9, 0}).signal, 9);
  EXPECT_FALSE(Decoded("pidfd_send_signal", {3, 9, 0}).signal_info.has_value());
  EXPECT_EQ(ErrorOf("pidfd_send_signal", {3, 9, kNowhere}), EFAULT);
  EXPECT_THAT(Decoded("tgkill", {10, kJunk | 11, 9}).pids, ElementsAre(10, 11));
  EXPECT_THAT(Decoded("fcntl", {3, 8, static_cast<uint32_t>(-7)}).pids, ElementsAre(-7));
  EXPECT_EQ(Decoded("setpriority", {kJunk | 1, 5}).which, 1);
  EXPECT_EQ(Decoded("ptrace", {kJunk, 5}).trace_request, static_cast<int64_t>(kJunk)) << "the kernel takes 64 bits";
  const Call socket = Decoded("socket", {kJunk | AF_INET, kJunk | SOCK_STREAM, kJunk | 6});
  EXPECT_EQ(socket.family, AF_INET);
  EXPECT_EQ(socket.type, SOCK_STREAM);
  EXPECT_EQ(socket.protocol, 6);
}

TEST_F(DecodeTest, ExtendedAttributes) {
  memory_.PutString(kAt, "x");
  memory_.PutString(kBehind, "user.colour");
  memory_.Put(0x30000, std::string("red\0blue", 8));
  const Call call = Decoded("setxattr", {kAt, kBehind, 0x30000, 8, kJunk | 2});
  EXPECT_EQ(call.xattr_name, "user.colour");
  EXPECT_EQ(call.xattr_value, std::string("red\0blue", 8));
  EXPECT_EQ(call.xattr_flags, 2);
  EXPECT_EQ(Decoded("setxattr", {kAt, kBehind, kNowhere, 0, 0}).xattr_value, "");
  EXPECT_EQ(ErrorOf("setxattr", {kAt, kBehind, kNowhere, 1, 0}), EFAULT);
  EXPECT_EQ(ErrorOf("setxattr", {kAt, kBehind, 0x30000, 65537, 0}), E2BIG);
  EXPECT_EQ(ErrorOf("setxattr", {kAt, kBehind, 0x30000, UINT64_MAX, 0}), E2BIG);
  EXPECT_EQ(Decoded("removexattr", {kAt, kBehind}).xattr_name, "user.colour");
}

TEST_F(DecodeTest, Argv) {
  memory_.PutString(kAt, "/bin/x");
  memory_.PutString(0x30000, "x");
  memory_.PutString(0x30100, "--flag");
  memory_.PutValue(kBehind, std::array<uint64_t, 3>{0x30000, 0x30100, 0});
  EXPECT_THAT(Decoded("execve", {kAt, kBehind, kNowhere}).argv, ElementsAre("x", "--flag"))
      << "nobody reads the environment";
  EXPECT_THAT(Decoded("execve", {kAt, 0, 0}).argv, ElementsAre());
  EXPECT_EQ(ErrorOf("execve", {kAt, kNowhere, 0}), EFAULT);
  memory_.PutValue(kBehind, std::array<uint64_t, 2>{0x30000, kNowhere});
  EXPECT_EQ(ErrorOf("execve", {kAt, kBehind, 0}), EFAULT);
}

TEST_F(DecodeTest, EndlessArgvIsCutAndSaysSo) {
  memory_.PutString(kAt, "/bin/x");
  memory_.PutString(0x30000, "x");
  const std::vector<uint64_t> pointers(4096, 0x30000);
  memory_.Put(kBehind, {reinterpret_cast<const char*>(pointers.data()), pointers.size() * sizeof(uint64_t)});
  const Call many = Decoded("execve", {kAt, kBehind, 0});
  EXPECT_THAT(many.argv, SizeIs(kMaxArgvStrings + 1));
  EXPECT_EQ(many.argv.back(), "…");
  memory_.Put(0x80000, std::string(2 * kMaxArgvBytes, 'a'));
  memory_.PutValue(kBehind, std::array<uint64_t, 3>{0x30000, 0x80000, 0});
  const Call large = Decoded("execve", {kAt, kBehind, 0});
  EXPECT_THAT(large.argv, ElementsAre("x", "…"));
}

TEST_F(DecodeTest, SocketAddressLengths) {
  memory_.Put(kAt, std::string(200, '\x01'));
  EXPECT_EQ(Decoded("connect", {3, kAt, 16}).address.size(), 16u);
  EXPECT_EQ(Decoded("connect", {3, kAt, 128}).address.size(), 128u);
  EXPECT_EQ(Decoded("connect", {3, kAt, kJunk | 16}).address.size(), 16u) << "the kernel takes an int";
  EXPECT_EQ(Decoded("connect", {3, kNowhere, 0}).address, "");
  EXPECT_EQ(ErrorOf("connect", {3, kAt, 129}), EINVAL);
  EXPECT_EQ(ErrorOf("connect", {3, kAt, static_cast<uint32_t>(-1)}), EINVAL);
  EXPECT_EQ(ErrorOf("bind", {3, kAt, 0x80000000}), EINVAL);
  EXPECT_EQ(ErrorOf("connect", {3, kNowhere, 16}), EFAULT);
}

TEST_F(DecodeTest, RoomForAnAddress) {
  memory_.PutValue(kAt, int32_t{110});
  EXPECT_EQ(Decoded("getsockname", {3, kBehind, kAt}).out_length, 110);
  memory_.PutValue(kAt, int32_t{-1});
  EXPECT_EQ(ErrorOf("getsockname", {3, kBehind, kAt}), EINVAL);
  EXPECT_EQ(ErrorOf("getpeername", {3, kBehind, kNowhere}), EFAULT);
}

TEST_F(DecodeTest, SendTo) {
  memory_.Put(kAt, "hello");
  memory_.Put(kBehind, std::string(16, '\x02'));
  const Call call = Decoded("sendto", {3, kAt, 5, kJunk | MSG_DONTWAIT, kBehind, 16});
  ASSERT_THAT(call.messages, SizeIs(1));
  EXPECT_EQ(call.messages[0].data, "hello");
  EXPECT_EQ(call.messages[0].wanted, 5u);
  EXPECT_EQ(call.messages[0].address, std::string(16, '\x02'));
  EXPECT_EQ(call.message_flags, static_cast<uint32_t>(MSG_DONTWAIT));
  EXPECT_EQ(ErrorOf("sendto", {3, kNowhere, 5, 0, kBehind, 16}), EFAULT);
  EXPECT_EQ(Decoded("sendto", {3, kNowhere, 0, 0, kBehind, 16}).messages[0].data, "");
}

TEST_F(DecodeTest, ALargeBufferIsCutAndItsLengthKept) {
  memory_.Put(0x100000, std::string(kMaxMessageBytes + 4096, 'a'));
  memory_.Put(kBehind, std::string(16, '\x02'));
  const Call call = Decoded("sendto", {3, 0x100000, kMaxMessageBytes + 5, 0, kBehind, 16});
  EXPECT_EQ(call.messages[0].data.size(), kMaxMessageBytes);
  EXPECT_EQ(call.messages[0].wanted, kMaxMessageBytes + 5);
  memory_.asked = 0;
  EXPECT_EQ(Decoded("sendto", {3, 0x100000, UINT64_MAX, 0, kBehind, 16}).messages[0].wanted, UINT64_MAX);
  EXPECT_LT(memory_.asked, 2 * kMaxMessageBytes);
}

TEST_F(DecodeTest, SendMessage) {
  msghdr header{};
  memory_.Put(kBehind, std::string(16, '\x02'));
  memory_.Put(0x30000, std::string(24, '\x03'));
  header.msg_name = reinterpret_cast<void*>(kBehind);
  header.msg_namelen = 16;
  header.msg_control = reinterpret_cast<void*>(uint64_t{0x30000});
  header.msg_controllen = 24;
  PutMessage(kAt, header, "hello");
  const Call call = Decoded("sendmsg", {3, kAt, MSG_NOSIGNAL});
  ASSERT_THAT(call.messages, SizeIs(1));
  EXPECT_EQ(call.messages[0].data, "hello");
  EXPECT_EQ(call.messages[0].address, std::string(16, '\x02'));
  EXPECT_EQ(call.messages[0].control, std::string(24, '\x03'));
  EXPECT_EQ(ErrorOf("sendmsg", {3, kNowhere, 0}), EFAULT);
}

TEST_F(DecodeTest, MessagesThatTheKernelRefusesAsWell) {
  const auto error = [&](msghdr header) {
    PutMessage(kAt, header, "x");
    return ErrorOf("sendmsg", {3, kAt, 0});
  };
  msghdr header{};
  EXPECT_EQ(error(header), 0);
  header.msg_name = reinterpret_cast<void*>(kNowhere);
  header.msg_namelen = static_cast<socklen_t>(-1);
  EXPECT_EQ(error(header), EINVAL);
  header.msg_namelen = 16;
  EXPECT_EQ(error(header), EFAULT);
  header.msg_name = nullptr;
  EXPECT_EQ(error(header), 0) << "no name, whatever its length";
  header.msg_control = reinterpret_cast<void*>(kNowhere);
  header.msg_controllen = 16;
  EXPECT_EQ(error(header), EFAULT);
  header.msg_controllen = SIZE_MAX;
  EXPECT_EQ(error(header), ENOBUFS);
  header.msg_controllen = kMaxControl + 1;
  EXPECT_EQ(error(header), ENOBUFS);
}

TEST_F(DecodeTest, VectorsOfEverySort) {
  msghdr header{};
  header.msg_iov = reinterpret_cast<iovec*>(kBehind);
  memory_.Put(0x30000, "abcdef");
  memory_.PutValue(kBehind, std::array<uint64_t, 6>{0x30000, 2, kNowhere, 0, 0x30004, 2});
  header.msg_iovlen = 3;
  memory_.PutValue(kAt, header);
  EXPECT_EQ(Decoded("sendmsg", {3, kAt, 0}).messages[0].data, "abef");

  memory_.PutValue(kBehind, std::array<uint64_t, 4>{0x30000, INT64_MAX, 0x30000, 1});
  header.msg_iovlen = 2;
  memory_.PutValue(kAt, header);
  memory_.Put(0x30000, std::string(kMaxMessageBytes, 'a'));
  EXPECT_EQ(ErrorOf("sendmsg", {3, kAt, 0}), EINVAL) << "the sum of the lengths overflows";
  memory_.PutValue(kBehind, std::array<uint64_t, 2>{0x30000, uint64_t{1} << 63});
  header.msg_iovlen = 1;
  memory_.PutValue(kAt, header);
  EXPECT_EQ(ErrorOf("sendmsg", {3, kAt, 0}), EINVAL);

  for (const size_t count : {size_t{1025}, SIZE_MAX, SIZE_MAX / sizeof(iovec) + 2}) {
    header.msg_iovlen = count;
    memory_.PutValue(kAt, header);
    EXPECT_EQ(ErrorOf("sendmsg", {3, kAt, 0}), EMSGSIZE) << count;
  }
  header.msg_iovlen = 0;
  header.msg_iov = reinterpret_cast<iovec*>(kNowhere);
  memory_.PutValue(kAt, header);
  EXPECT_EQ(Decoded("sendmsg", {3, kAt, 0}).messages[0].data, "");
}

TEST_F(DecodeTest, SendManyMessages) {
  memory_.Put(0x30000, "hello");
  memory_.PutValue(kBehind, std::array<uint64_t, 2>{0x30000, 5});
  mmsghdr entry{};
  entry.msg_hdr.msg_iov = reinterpret_cast<iovec*>(kBehind);
  entry.msg_hdr.msg_iovlen = 1;
  const uint64_t array = 0x60000;
  memory_.PutValue(array, entry);
  memory_.PutValue(array + sizeof(mmsghdr), entry);
  EXPECT_THAT(Decoded("sendmmsg", {3, array, 2, 0}).messages, SizeIs(2));
  EXPECT_THAT(Decoded("sendmmsg", {3, array, kJunk | 1, 0}).messages, SizeIs(1));
  EXPECT_THAT(Decoded("sendmmsg", {3, kNowhere, 0, 0}).messages, SizeIs(0));
  EXPECT_EQ(ErrorOf("sendmmsg", {3, kNowhere, 1, 0}), EFAULT);

  // A bad one behind good ones: these are still sent, as sendmmsg(2) does it.
  entry.msg_hdr.msg_iovlen = 5000;
  memory_.PutValue(array + 2 * sizeof(mmsghdr), entry);
  EXPECT_THAT(Decoded("sendmmsg", {3, array, 3, 0}).messages, SizeIs(2));
}

TEST_F(DecodeTest, AHugeCountOfMessagesIsBounded) {
  memory_.Put(0x30000, std::string(65536, 'a'));
  memory_.PutValue(kBehind, std::array<uint64_t, 2>{0x30000, 65536});
  mmsghdr entry{};
  entry.msg_hdr.msg_iov = reinterpret_cast<iovec*>(kBehind);
  entry.msg_hdr.msg_iovlen = 1;
  const uint64_t array = 0x600000;
  for (size_t i = 0; i < 2000; ++i) memory_.PutValue(array + i * sizeof(mmsghdr), entry);
  memory_.asked = 0;
  const Call large = Decoded("sendmmsg", {3, array, UINT32_MAX, 0});
  EXPECT_GT(large.messages.size(), 2u);
  EXPECT_LT(memory_.asked, 4 * kMaxMessageBytes);
  memory_.PutValue(kBehind, std::array<uint64_t, 2>{0x30000, 0});
  EXPECT_THAT(Decoded("sendmmsg", {3, array, UINT32_MAX, 0}).messages, SizeIs(kMaxMessages));
}

// Each row, with every pointer at nothing: an errno, and never a crash or a success that rests on unread memory.
TEST_F(DecodeTest, EveryRowRefusesMemoryThatIsNotThere) {
  for (const Row& row : Table()) {
    bool points = false;
    for (const ArgRole role : row.args) {
      points |= role == ArgRole::kPath || role == ArgRole::kLinkPath || role == ArgRole::kNewName ||
                role == ArgRole::kText || role == ArgRole::kMessage || role == ArgRole::kSocketOutLength;
    }
    std::array<uint64_t, 6> nowhere;
    nowhere.fill(kNowhere);
    const auto call = Decode(row, {.tid = 1, .args = nowhere}, memory_);
    if (points) {
      EXPECT_EQ(ErrnoOf(call.status()), EFAULT) << row.name;
    }
  }
}

}  // namespace
}  // namespace usher
