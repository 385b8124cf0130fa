#include "supervisor/broker/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "tests/supervisor/broker/broker_case.h"

namespace usher {
namespace {

class FilesTest : public BrokerTest {
 protected:
  Enactment Open(const std::string& name, int flags, uint32_t mode = 0644, uint32_t mask = 022) {
    Call call = CallOf("openat");
    call.open_flags = static_cast<uint32_t>(flags);
    call.mode = mode;
    return Do(call, TargetOf(At(name, (flags & O_NOFOLLOW) == 0)), mask);
  }
  static int FlagsOf(const UniqueFd& fd) { return fcntl(fd.get(), F_GETFL); }
};

TEST_F(FilesTest, FlagsAreCarried) {
  WriteText(root_ / "f", "old");
  for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_RDWR | O_NONBLOCK, O_RDWR | O_SYNC}) {
    const UniqueFd fd = FdOf(Open("f", flags));
    ASSERT_TRUE(fd) << flags;
    constexpr int kKept = O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC;
    EXPECT_EQ(FlagsOf(fd) & kKept, flags & kKept);
  }
  EXPECT_TRUE(FdOf(Open("f", O_WRONLY | O_CREAT)));
  EXPECT_EQ(Contents(root_ / "f"), "old");
  EXPECT_TRUE(FdOf(Open("f", O_WRONLY | O_CREAT | O_TRUNC)));
  EXPECT_EQ(Contents(root_ / "f"), "");
}

TEST_F(FilesTest, CloseOnExecIsTheTraceesAffair) {
  WriteText(root_ / "f", "");
  for (const int flags : {O_RDONLY, O_RDONLY | O_CLOEXEC}) {
    Enactment enactment = Open("f", flags);
    auto* opened = std::get_if<Opened>(std::get_if<CallResult>(&enactment));
    ASSERT_NE(opened, nullptr);
    EXPECT_EQ(opened->close_on_exec, (flags & O_CLOEXEC) != 0);
    EXPECT_NE(fcntl(opened->fd.get(), F_GETFD) & FD_CLOEXEC, 0) << "ours never leaks";
  }
}

TEST_F(FilesTest, WhatOpenRefuses) {
  WriteText(root_ / "f", "");
  mkdir((root_ / "d").c_str(), 0755);
  ASSERT_EQ(symlink("f", (root_ / "l").c_str()), 0);
  EXPECT_EQ(ErrorOf(Open("f", O_RDONLY | O_DIRECTORY)), ENOTDIR);
  EXPECT_EQ(ErrorOf(Open("d", O_RDONLY | O_DIRECTORY)), 0);
  EXPECT_EQ(ErrorOf(Open("d", O_WRONLY)), EISDIR);
  EXPECT_EQ(ErrorOf(Open("d", O_RDONLY | O_CREAT)), EISDIR);
  EXPECT_EQ(ErrorOf(Open("f", O_WRONLY | O_CREAT | O_EXCL)), EEXIST);
  EXPECT_EQ(ErrorOf(Open("l", O_RDONLY | O_NOFOLLOW)), ELOOP);
  EXPECT_EQ(ErrorOf(Open("l", O_RDONLY)), 0);
}

TEST_F(FilesTest, NewFilesHaveTheCallersUmask) {
  EXPECT_TRUE(FdOf(Open("a", O_WRONLY | O_CREAT, 0666, 022)));
  EXPECT_EQ(ModeOf("a"), S_IFREG | 0644u);
  EXPECT_TRUE(FdOf(Open("b", O_WRONLY | O_CREAT | O_EXCL, 0777, 077)));
  EXPECT_EQ(ModeOf("b"), S_IFREG | 0700u);
  EXPECT_TRUE(FdOf(Open("c", O_RDWR | O_CREAT, 0, 0)));
  EXPECT_EQ(ModeOf("c"), static_cast<mode_t>(S_IFREG));
  const UniqueFd unnamed = FdOf(Open(".", O_TMPFILE | O_RDWR, 0666, 027));
  struct stat status;
  ASSERT_EQ(fstat(unnamed.get(), &status), 0);
  EXPECT_EQ(status.st_mode, S_IFREG | 0640u);
  EXPECT_EQ(status.st_nlink, 0u);
}

// Between the look and the deed somebody else made the name, or put a link there.
TEST_F(FilesTest, ANameThatCameIntoBeingIsLookedAtAgain) {
  Call call = CallOf("openat");
  call.open_flags = O_WRONLY | O_CREAT | O_TRUNC;
  call.mode = 0644;
  Target target = TargetOf(At("f"));
  WriteText(root_ / "f", "theirs");
  EXPECT_EQ(ErrorOf(Enact(call, target, 0)), kResolveAgain);
  EXPECT_EQ(Contents(root_ / "f"), "theirs");
  target = TargetOf(At("g"));
  ASSERT_EQ(symlink("/etc/passwd", (root_ / "g").c_str()), 0);
  EXPECT_EQ(ErrorOf(Enact(call, target, 0)), kResolveAgain);
  // Who wanted to be the first is told that he is not.
  call.open_flags |= O_EXCL;
  target = TargetOf(At("h"));
  WriteText(root_ / "h", "theirs");
  EXPECT_EQ(ErrorOf(Enact(call, target, 0)), EEXIST);
}

TEST_F(FilesTest, WhatWasJudgedIsWhatIsOpened) {
  WriteText(root_ / "f", "judged");
  Call call = CallOf("openat");
  Target target = TargetOf(At("f"));
  ASSERT_EQ(rename((root_ / "f").c_str(), (root_ / "elsewhere").c_str()), 0);
  WriteText(root_ / "f", "put in its place");
  const UniqueFd fd = FdOf(Enact(call, target, 0));
  char text[32] = {};
  EXPECT_EQ(read(fd.get(), text, sizeof(text)), 6);
  EXPECT_STREQ(text, "judged");
}

TEST_F(FilesTest, AFifoIsOpenedElsewhere) {
  ASSERT_EQ(mkfifo((root_ / "fifo").c_str(), 0600), 0);
  EXPECT_TRUE(Blocks(Open("fifo", O_RDONLY)));
  EXPECT_TRUE(Blocks(Open("fifo", O_WRONLY)));
  EXPECT_EQ(ErrorOf(Open("fifo", O_WRONLY | O_NONBLOCK)), ENXIO);
  EXPECT_TRUE(FdOf(Open("fifo", O_RDONLY | O_NONBLOCK)));
  // With somebody at the other end the call goes through.
  const UniqueFd reader = FdOf(Open("fifo", O_RDONLY | O_NONBLOCK));
  Enactment writing = Open("fifo", O_WRONLY);
  ASSERT_TRUE(Blocks(writing));
  CallResult result = std::get<BlockingCall>(writing)();
  ASSERT_TRUE(std::holds_alternative<Opened>(result));
  EXPECT_EQ(fcntl(std::get<Opened>(result).fd.get(), F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_WRONLY);
}

// A lease on a file makes whoever opens it wait until it is given up, for up to lease-break-time seconds.
class LeaseTest : public FilesTest {
 protected:
  LeaseTest() : before_(signal(SIGIO, SIG_IGN)) {
    WriteText(root_ / "f", "text");
    holder_.reset(open((root_ / "f").c_str(), O_RDONLY | O_CLOEXEC));
    held_ = fcntl(holder_.get(), F_SETLEASE, F_WRLCK) == 0;
  }
  ~LeaseTest() override { signal(SIGIO, before_); }
  void SetUp() override {
    if (!held_) GTEST_SKIP() << "no leases on this file system";
  }

  UniqueFd holder_;
  bool held_ = false;

 private:
  sighandler_t before_;
};

TEST_F(LeaseTest, OpenWaitsElsewhere) {
  EXPECT_TRUE(Blocks(Open("f", O_RDONLY)));
  EXPECT_TRUE(Blocks(Open("f", O_WRONLY | O_TRUNC)));
  EXPECT_EQ(ErrorOf(Open("f", O_RDONLY | O_NONBLOCK)), EWOULDBLOCK);
  Enactment waiting = Open("f", O_RDONLY);
  ASSERT_TRUE(Blocks(waiting));
  fcntl(holder_.get(), F_SETLEASE, F_UNLCK);
  CallResult result = std::get<BlockingCall>(waiting)();
  EXPECT_TRUE(std::holds_alternative<Opened>(result));
}

TEST_F(LeaseTest, TruncateWaitsElsewhere) {
  Call call = CallOf("truncate");
  call.length = 2;
  Enactment waiting = Do(call, TargetOf(At("f")));
  ASSERT_TRUE(Blocks(waiting));
  EXPECT_EQ(At("f").status.st_size, 4);
  fcntl(holder_.get(), F_SETLEASE, F_UNLCK);
  const CallResult result = std::get<BlockingCall>(waiting)();
  EXPECT_TRUE(std::holds_alternative<Done>(result));
  EXPECT_EQ(Contents(root_ / "f"), "te");
}

TEST_F(FilesTest, ALeaseThatWasTriedLeavesNoTrace) {
  WriteText(root_ / "f", "x");
  const UniqueFd fd = FdOf(Open("f", O_RDONLY));
  EXPECT_EQ(FlagsOf(fd) & O_NONBLOCK, 0);
}

TEST_F(FilesTest, Truncate) {
  WriteText(root_ / "f", "text");
  mkdir((root_ / "d").c_str(), 0755);
  ASSERT_EQ(mkfifo((root_ / "fifo").c_str(), 0600), 0);
  Call call = CallOf("truncate");
  call.length = 2;
  EXPECT_EQ(ErrorOf(Do(call, TargetOf(At("f")))), 0);
  EXPECT_EQ(Contents(root_ / "f"), "te");
  EXPECT_EQ(ErrorOf(Do(call, TargetOf(At("d")))), EISDIR);
  EXPECT_EQ(ErrorOf(Do(call, TargetOf(At("fifo")))), EINVAL);
  call.length = -1;
  EXPECT_EQ(ErrorOf(Do(call, TargetOf(At("f")))), EINVAL);
}

TEST_F(FilesTest, NamesComeAndGo) {
  Call make = CallOf("mkdirat");
  make.mode = 0777;
  EXPECT_EQ(ErrorOf(Do(make, TargetOf(At("d")), 027)), 0);
  EXPECT_EQ(ModeOf("d"), S_IFDIR | 0750u);
  EXPECT_EQ(ErrorOf(Do(make, TargetOf(At("d")))), EEXIST);
  Call node = CallOf("mknodat");
  node.mode = S_IFIFO | 0666;
  EXPECT_EQ(ErrorOf(Do(node, TargetOf(At("fifo")), 022)), 0);
  EXPECT_EQ(ModeOf("fifo"), S_IFIFO | 0644u);
  Call link = CallOf("symlink");
  link.text = "anywhere";
  EXPECT_EQ(ErrorOf(Do(link, TargetOf(At("l", false)))), 0);
  EXPECT_EQ(ModeOf("l") & S_IFMT, static_cast<mode_t>(S_IFLNK));

  Call remove = CallOf("unlinkat");
  EXPECT_EQ(ErrorOf(Do(remove, TargetOf(At("d")))), EISDIR);
  EXPECT_EQ(ErrorOf(Do(remove, TargetOf(At("l", false)))), 0);
  EXPECT_EQ(ErrorOf(Do(remove, TargetOf(At("l", false)))), ENOENT);
  remove.at_flags = AT_REMOVEDIR | AT_SYMLINK_NOFOLLOW;
  EXPECT_EQ(ErrorOf(Do(remove, TargetOf(At("d")))), EINVAL);
  remove.at_flags = AT_REMOVEDIR;
  EXPECT_EQ(ErrorOf(Do(remove, TargetOf(At("fifo")))), ENOTDIR);
  EXPECT_EQ(ErrorOf(Do(remove, TargetOf(At("d")))), 0);
  EXPECT_EQ(ErrorOf(Do(CallOf("unlink"), TargetOf(At("fifo")))), 0);
  mkdir((root_ / "e").c_str(), 0755);
  EXPECT_EQ(ErrorOf(Do(CallOf("rmdir"), TargetOf(At("e")))), 0);
  EXPECT_FALSE(Exists("e"));
}

TEST_F(FilesTest, Rename) {
  WriteText(root_ / "a", "a");
  WriteText(root_ / "b", "b");
  Call call = CallOf("renameat2");
  call.rename_flags = RENAME_NOREPLACE;
  EXPECT_EQ(ErrorOf(Do(call, TargetOf(At("a"), At("b")))), EEXIST);
  call.rename_flags = RENAME_EXCHANGE;
  EXPECT_EQ(ErrorOf(Do(call, TargetOf(At("a"), At("b")))), 0);
  EXPECT_EQ(Contents(root_ / "a"), "b");
  EXPECT_EQ(ErrorOf(Do(CallOf("rename"), TargetOf(At("a"), At("b")))), 0);
  EXPECT_EQ(Contents(root_ / "b"), "b");
  EXPECT_FALSE(Exists("a"));
}

TEST_F(FilesTest, Link) {
  WriteText(root_ / "f", "x");
  ASSERT_EQ(symlink("f", (root_ / "l").c_str()), 0);
  EXPECT_EQ(ErrorOf(Do(CallOf("link"), TargetOf(At("f"), At("second")))), 0);
  EXPECT_EQ(Contents(root_ / "second"), "x");
  EXPECT_EQ(ErrorOf(Do(CallOf("link"), TargetOf(At("l", false), At("second-link")))), 0);
  EXPECT_EQ(ModeOf("second-link") & S_IFMT, static_cast<mode_t>(S_IFLNK)) << "the link itself";
  EXPECT_EQ(ErrorOf(Do(CallOf("link"), TargetOf(At("f"), At("second")))), EEXIST);
  Call odd = CallOf("linkat");
  odd.at_flags = AT_REMOVEDIR;
  EXPECT_EQ(ErrorOf(Do(odd, TargetOf(At("f"), At("third")))), EINVAL);
}

TEST_F(FilesTest, WhatAFileIsLike) {
  WriteText(root_ / "f", "x");
  ASSERT_EQ(symlink("f", (root_ / "l").c_str()), 0);
  Call mode = CallOf("fchmodat2");
  mode.mode = 0100751;
  EXPECT_EQ(ErrorOf(Do(mode, TargetOf(At("f")))), 0);
  EXPECT_EQ(ModeOf("f"), S_IFREG | 0751u);
  EXPECT_EQ(ErrorOf(Do(mode, TargetOf(At("l", false)))), EOPNOTSUPP);

  Call times = CallOf("utimensat");
  times.times = {timespec{1000, 5}, timespec{2000, 7}};
  EXPECT_EQ(ErrorOf(Do(times, TargetOf(At("f")))), 0);
  times.times = {timespec{3000, 0}, timespec{4000, 0}};
  EXPECT_EQ(ErrorOf(Do(times, TargetOf(At("l", false)))), 0);
  struct stat file, link;
  ASSERT_EQ(stat((root_ / "f").c_str(), &file), 0);
  ASSERT_EQ(lstat((root_ / "l").c_str(), &link), 0);
  EXPECT_EQ(file.st_mtim.tv_sec, 2000);
  EXPECT_EQ(file.st_mtim.tv_nsec, 7);
  EXPECT_EQ(link.st_mtim.tv_sec, 4000);

  Call owner = CallOf("fchownat");
  owner.owner = geteuid();
  owner.group = ~0u;
  EXPECT_EQ(ErrorOf(Do(owner, TargetOf(At("l", false)))), 0);
}

TEST_F(FilesTest, ExtendedAttributes) {
  WriteText(root_ / "f", "x");
  ASSERT_EQ(symlink("f", (root_ / "l").c_str()), 0);
  Call set = CallOf("setxattr");
  set.xattr_name = "user.colour";
  set.xattr_value = std::string("r\0d", 3);
  const int error = ErrorOf(Do(set, TargetOf(At("f"))));
  if (error == EOPNOTSUPP) GTEST_SKIP() << "no user attributes on this file system";
  ASSERT_EQ(error, 0);
  char value[8];
  EXPECT_EQ(getxattr((root_ / "f").c_str(), "user.colour", value, sizeof(value)), 3);
  set.xattr_flags = XATTR_CREATE;
  EXPECT_EQ(ErrorOf(Do(set, TargetOf(At("f")))), EEXIST);
  EXPECT_EQ(ErrorOf(Do(set, TargetOf(At("l", false)))), EPERM);
  Call remove = CallOf("removexattr");
  remove.xattr_name = "user.colour";
  EXPECT_EQ(ErrorOf(Do(remove, TargetOf(At("f")))), 0);
  EXPECT_EQ(ErrorOf(Do(remove, TargetOf(At("f")))), ENODATA);
}

TEST_F(FilesTest, WatchesOnTheCallersOwnInotify) {
  WriteText(root_ / "f", "x");
  ASSERT_EQ(symlink("f", (root_ / "l").c_str()), 0);
  const UniqueFd inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), none(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Call call = CallOf("inotify_add_watch");
  const auto on = [&](const UniqueFd& watcher, const char* name, bool follow = true) {
    Target target = TargetOf(At(name, follow));
    target.watcher.reset(dup(watcher.get()));
    return target;
  };
  call.watch_mask = IN_ATTRIB | IN_DONT_FOLLOW;
  EXPECT_EQ(ErrorOf(Do(call, on(inotify, "l", false))), 0);
  chmod((root_ / "f").c_str(), 0600);
  char events[512];
  EXPECT_LT(read(inotify.get(), events, sizeof(events)), 0) << "it is the link that is watched";
  call.watch_mask = IN_ATTRIB;
  EXPECT_EQ(ErrorOf(Do(call, on(inotify, "f"))), 0);
  chmod((root_ / "f").c_str(), 0644);
  EXPECT_GT(read(inotify.get(), events, sizeof(events)), 0);
  EXPECT_EQ(ErrorOf(Do(call, on(none, "f"))), EINVAL);
  EXPECT_EQ(ErrorOf(Do(call, on(UniqueFd(), "f"))), EBADF);
}

TEST_F(FilesTest, WhatIsNotTheBrokersIsMissing) {
  Call call = CallOf("read");
  EXPECT_EQ(ErrorOf(Do(call, Target())), ENOSYS);
}

}  // namespace
}  // namespace usher
