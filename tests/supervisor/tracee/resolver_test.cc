#include "supervisor/tracee/resolver.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "tests/support/forked_tracee.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// The tracee's descriptors, at numbers that this process does not have open.
constexpr int kDirectory = 500, kFile = 501, kPipe = 502, kMemory = 503, kGone = 504, kLinked = 505, kRoot = 506,
              kPinnedPipe = 507, kPinnedGone = 508, kPinnedEnvironment = 509;

class ResolverTest : public ::testing::Test {
 protected:
  // workspace/{file, dir/inner, links…}; the tracee stands in dir.
  ResolverTest() {
    mkdir((root_ / "dir").c_str(), 0755);
    WriteText(root_ / "file", "file");
    WriteText(root_ / "dir/inner", "inner");
    WriteText(root_ / "gone", "gone");
    WriteText(root_ / "linked", "linked");
    link((root_ / "linked").c_str(), (root_ / "second").c_str());
    Link("file", "to-file");
    Link("dir", "to-dir");
    Link("missing", "dangling");
    Link("missing-dir/x", "dangling-deep");
    Link("loop", "loop");
    Link("/proc/self/fd/501", "to-own-fd");
    Link("/proc/self/cwd", "to-own-cwd");
    Link("self-link", "chain");
    Link("/proc/self", "self-link");
    Link("/proc/self/fd/599", "to-no-fd");
    Link("file/", "to-file-as-directory");
    tracee_.emplace([this] {
      if (chdir((root_ / "dir").c_str()) < 0) _exit(1);
      const auto keep = [](int fd, int number) {
        if (dup2(fd, number) != number) _exit(1);
      };
      keep(open(root_.path().c_str(), O_RDONLY | O_DIRECTORY), kDirectory);
      keep(open((root_ / "file").c_str(), O_RDWR), kFile);
      int ends[2];
      if (pipe(ends) < 0) _exit(1);
      keep(ends[0], kPipe);
      keep(memfd_create("memory", 0), kMemory);
      keep(open((root_ / "gone").c_str(), O_RDWR), kGone);
      unlink((root_ / "gone").c_str());
      keep(open((root_ / "linked").c_str(), O_RDWR), kLinked);
      unlink((root_ / "linked").c_str());
      keep(open("/", O_RDONLY | O_DIRECTORY), kRoot);
      keep(open("/proc/self/fd/502", O_PATH), kPinnedPipe);
      keep(open("/proc/self/fd/504", O_PATH), kPinnedGone);
      keep(open(Concat("/proc/", getppid(), "/environ").c_str(), O_PATH), kPinnedEnvironment);
    });
  }
  void Link(const std::string& target, const std::string& name) {
    ASSERT_EQ(symlink(target.c_str(), (root_ / name).c_str()), 0);
  }

  Resolver resolver() const { return Resolver(tracee_->pid()); }
  static NameArgument Name(std::string text, int dirfd = AT_FDCWD) { return {.dirfd = dirfd, .text = std::move(text)}; }

  // What came of it in one line: the path below the test's directory, an errno, or "nameless".
  std::string Said(const absl::StatusOr<Resolved>& resolved) const {
    if (!resolved.ok()) return Concat("errno ", ErrnoOf(resolved.status()));
    if (resolved->nameless) return "nameless";
    std::string path = resolved->path;
    if (path.rfind(root_.path(), 0) == 0) path = path.substr(root_.path().size());
    const std::string own = Concat("/proc/", tracee_->pid());
    if (path.rfind(own, 0) == 0) path = "/proc/TRACEE" + path.substr(own.size());
    return Concat(path.empty() ? "." : path, resolved->exists() ? "" : " (new)");
  }
  std::string Object(const std::string& text, bool follow = true, int dirfd = AT_FDCWD) const {
    return Said(resolver().Object(Name(text, dirfd), follow));
  }
  std::string New(const std::string& text, int dirfd = AT_FDCWD) const {
    return Said(resolver().NewName(Name(text, dirfd)));
  }
  std::string Create(const std::string& text, bool follow = true, int dirfd = AT_FDCWD) const {
    return Said(resolver().ObjectOrNewName(Name(text, dirfd), follow));
  }
  std::string At(const std::string& name) const { return root_ / name; }
  static std::string Errno(int error) { return Concat("errno ", error); }

  TemporaryDirectory root_;
  std::optional<ForkedTracee> tracee_;
};

TEST_F(ResolverTest, NamesStartWhereTheTraceeStands) {
  EXPECT_EQ(Object("inner"), "/dir/inner");
  EXPECT_EQ(Object("."), "/dir");
  EXPECT_EQ(Object(".."), ".");
  EXPECT_EQ(Object("../file"), "/file");
  EXPECT_EQ(Object("file", true, kDirectory), "/file");
  EXPECT_EQ(Object("dir/../dir//./inner", true, kDirectory), "/dir/inner");
  EXPECT_EQ(Object(At("file")), "/file");
  EXPECT_EQ(Object(At("file"), true, 999), "/file") << "an absolute name does not look at its directory";
  EXPECT_EQ(Object("inner", true, 999), Errno(EBADF));
  EXPECT_EQ(Object("x", true, kFile), Errno(ENOTDIR));
  EXPECT_EQ(Object("x", true, kPipe), Errno(ENOTDIR));
  EXPECT_EQ(Object("missing"), Errno(ENOENT));
  EXPECT_EQ(Object(""), Errno(ENOENT));
  EXPECT_EQ(Object("../../../../../../../../../../.."), "/");
}

TEST_F(ResolverTest, EmptyNameOfADescriptor) {
  NameArgument name = Name("", kFile);
  EXPECT_EQ(Said(resolver().Object(name, true)), Errno(ENOENT));
  name.empty_is_dirfd = true;
  EXPECT_EQ(Said(resolver().Object(name, true)), "/file");
  name.dirfd = AT_FDCWD;
  EXPECT_EQ(Said(resolver().Object(name, true)), "/dir");
  name.dirfd = kPipe;
  EXPECT_EQ(Said(resolver().Object(name, true)), "nameless");
}

TEST_F(ResolverTest, Links) {
  EXPECT_EQ(Object(At("to-file")), "/file");
  EXPECT_EQ(Object(At("to-file"), false), "/to-file");
  EXPECT_EQ(Object(At("to-dir/inner"), false), "/dir/inner") << "only a final link is left alone";
  EXPECT_EQ(Object(At("dangling")), Errno(ENOENT));
  EXPECT_EQ(Object(At("dangling"), false), "/dangling");
  EXPECT_EQ(Object(At("loop")), Errno(ELOOP));
  EXPECT_EQ(Object(At("loop"), false), "/loop");
}

TEST_F(ResolverTest, TrailingSlashes) {
  EXPECT_EQ(Object(At("dir/")), "/dir");
  EXPECT_EQ(Object(At("dir///")), "/dir");
  EXPECT_EQ(Object(At("to-dir/"), false), "/dir") << "the slash follows the link";
  EXPECT_EQ(Object(At("file/")), Errno(ENOTDIR));
  EXPECT_EQ(Object(At("to-file/")), Errno(ENOTDIR));
  EXPECT_EQ(Object(At("to-file-as-directory")), Errno(ENOTDIR));
}

TEST_F(ResolverTest, TheTraceesOwnProc) {
  EXPECT_EQ(Object("/proc/self/status"), "/proc/TRACEE/status");
  EXPECT_EQ(Object("/proc/self"), "/proc/TRACEE");
  EXPECT_EQ(Object("/proc/self/"), "/proc/TRACEE");
  EXPECT_EQ(Object("/proc/self/", false), "/proc/TRACEE") << "the slash follows the link";
  EXPECT_EQ(Object("/proc/self", false), "/proc/self");
  EXPECT_EQ(Object("/proc/thread-self/comm"), Concat("/proc/TRACEE/task/", tracee_->pid(), "/comm"));
  EXPECT_EQ(Object("/proc/./self/../self/stat"), "/proc/TRACEE/stat");
  EXPECT_EQ(Object("/proc/self/cwd"), "/dir");
  EXPECT_EQ(Object("/proc/self/cwd/inner"), "/dir/inner");
  EXPECT_EQ(Object("/proc/self/root/proc/self/stat"), "/proc/TRACEE/stat");
  EXPECT_EQ(Object(Concat("/proc/self/fd/", kFile)), "/file");
  EXPECT_EQ(Object(Concat("/proc/self/fd/", kDirectory, "/file")), "/file");
  EXPECT_EQ(Object(Concat("/proc/self/fd/", kPipe)), "nameless");
  EXPECT_EQ(Object("/proc/self/fd/599"), Errno(ENOENT));
  EXPECT_EQ(Object(Concat("/proc/self/fd/", kFile), false), Concat("/proc/TRACEE/fd/", kFile));
  const auto stat = resolver().Object(Name("/proc/self/stat"), true);
  ASSERT_TRUE(stat.ok());
  EXPECT_THAT(stat->proc_pids, ElementsAre(tracee_->pid()));
}

TEST_F(ResolverTest, DevFdAndStandardStreams) {
  EXPECT_EQ(Object(Concat("/dev/fd/", kFile)), "/file");
  EXPECT_EQ(Object(Concat("/dev/fd/", kMemory)), "nameless");
  const auto link = [&](int fd) {
    char buffer[4096];
    const ssize_t length = readlink(Concat("/proc/", tracee_->pid(), "/fd/", fd).c_str(), buffer, sizeof(buffer));
    return std::string(buffer, static_cast<size_t>(std::max<ssize_t>(length, 0)));
  };
  const auto stdin_object = resolver().Object(Name("/dev/stdin"), true);
  ASSERT_TRUE(stdin_object.ok());
  EXPECT_EQ(stdin_object->path, link(0));
}

// The tracee has these descriptors, this process has not: what /proc/self says of the reader must not be the answer.
TEST_F(ResolverTest, WaysIntoTheTraceesOwnProc) {
  EXPECT_EQ(Object(At("to-own-fd")), "/file");
  EXPECT_EQ(Object(At("to-own-cwd/inner")), "/dir/inner");
  EXPECT_EQ(Object(At("chain/stat")), "/proc/TRACEE/stat");
  EXPECT_EQ(Object(At("chain/fd/501")), "/file");
  EXPECT_EQ(Object(Concat(At("chain/task/"), tracee_->pid(), "/comm")),
            Concat("/proc/TRACEE/task/", tracee_->pid(), "/comm"));
  EXPECT_EQ(Object("proc/self/fd/501", true, kRoot), "/file");
  EXPECT_EQ(Object("dev/fd/501", true, kRoot), "/file");
  EXPECT_EQ(Object("../../../../../../../../proc/self/stat"), "/proc/TRACEE/stat");
  EXPECT_EQ(Object(At("to-no-fd")), Errno(ENOENT));
}

TEST_F(ResolverTest, ForeignProcessesAreMarked) {
  const ForkedTracee other([this] {
    if (chdir(root_.path().c_str()) < 0) _exit(1);
  });
  const auto memory = resolver().Object(Name(Concat("/proc/", other.pid(), "/environ")), true);
  ASSERT_TRUE(memory.ok());
  EXPECT_THAT(memory->proc_pids, ElementsAre(other.pid()));
  const auto through = resolver().Object(Name(Concat("/proc/", other.pid(), "/cwd/file")), true);
  ASSERT_TRUE(through.ok());
  EXPECT_THAT(through->proc_pids, ElementsAre(other.pid())) << "reached through its link";
  EXPECT_EQ(through->path, root_ / "file");
  const auto own = resolver().Object(Name("/proc/self/cwd/inner"), true);
  ASSERT_TRUE(own.ok());
  EXPECT_THAT(own->proc_pids, ElementsAre(tracee_->pid()));
  EXPECT_THAT(resolver().Object(Name(At("file")), true)->proc_pids, IsEmpty());
  const auto pinned = resolver().Object(Name(Concat("/proc/self/fd/", kPinnedEnvironment)), true);
  ASSERT_TRUE(pinned.ok());
  EXPECT_THAT(pinned->proc_pids, UnorderedElementsAre(getpid(), tracee_->pid())) << "a link inside to what is outside";
  const auto twice = resolver().Object(Name(Concat("/proc/", other.pid(), "/root/proc/self/cwd/inner")), true);
  ASSERT_TRUE(twice.ok());
  EXPECT_THAT(twice->proc_pids, UnorderedElementsAre(other.pid(), tracee_->pid()));
}

TEST_F(ResolverTest, Descriptors) {
  EXPECT_EQ(Said(resolver().Descriptor(kFile)), "/file");
  EXPECT_EQ(Said(resolver().Descriptor(kPipe)), "nameless");
  EXPECT_EQ(Said(resolver().Descriptor(kMemory)), "nameless");
  EXPECT_EQ(Said(resolver().Descriptor(kGone)), "nameless") << "nobody else can reach it";
  EXPECT_EQ(Said(resolver().Descriptor(kLinked)), Errno(EACCES)) << "it has a name that is not known";
  EXPECT_EQ(Said(resolver().Descriptor(kPinnedPipe)), Errno(EACCES)) << "who has it pinned does not have it open";
  EXPECT_EQ(Object(Concat("/proc/self/fd/", kPinnedPipe)), Errno(EACCES));
  EXPECT_EQ(Object(Concat("/dev/fd/", kPinnedGone)), Errno(EACCES));
  EXPECT_EQ(Said(resolver().Object({.dirfd = kPinnedGone, .empty_is_dirfd = true}, true)), Errno(EACCES));
  EXPECT_EQ(Said(resolver().Object({.dirfd = kGone, .empty_is_dirfd = true}, true)), "nameless");
  EXPECT_EQ(Said(resolver().Descriptor(999)), Errno(EBADF));
  EXPECT_EQ(Said(resolver().Descriptor(-1)), Errno(EBADF));
}

TEST_F(ResolverTest, AFileThatIsReallyCalledDeleted) {
  WriteText(root_ / "odd (deleted)", "x");
  EXPECT_EQ(Object(At("odd (deleted)")), "/odd (deleted)");
}

TEST_F(ResolverTest, NewNames) {
  EXPECT_EQ(New("fresh"), "/dir/fresh (new)");
  EXPECT_EQ(New("inner"), "/dir/inner");
  EXPECT_EQ(New("fresh", kDirectory), "/fresh (new)");
  EXPECT_EQ(New(At("fresh/")), "/fresh (new)");
  EXPECT_EQ(New(At("to-file")), "/to-file") << "a final link is the object";
  EXPECT_EQ(New(At("to-dir/fresh")), "/dir/fresh (new)");
  EXPECT_EQ(New(At("file/fresh")), Errno(ENOTDIR));
  EXPECT_EQ(New(At("missing/fresh")), Errno(ENOENT));
  EXPECT_EQ(New(At("dangling")), "/dangling");
  EXPECT_EQ(New(""), Errno(ENOENT));
  EXPECT_EQ(New("fresh", kFile), Errno(ENOTDIR));
  EXPECT_EQ(New("/proc/self/cwd/fresh"), "/dir/fresh (new)");
  const auto made = resolver().NewName(Name(At("fresh/")));
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->leaf, "fresh/") << "the slash is the kernel's to judge";
  EXPECT_TRUE(made->parent);
}

TEST_F(ResolverTest, DotsAreNobodysToMake) {
  EXPECT_EQ(New(At("dir/.")), "/dir (new)");
  EXPECT_EQ(New(At("dir/..")), "/dir (new)");
  EXPECT_EQ(New("/"), "/ (new)");
  EXPECT_EQ(resolver().NewName(Name(At("dir/..")))->leaf, "..");
}

TEST_F(ResolverTest, OpenThatMayMake) {
  EXPECT_EQ(Create("fresh"), "/dir/fresh (new)");
  EXPECT_EQ(Create("inner"), "/dir/inner");
  EXPECT_EQ(Create(At("to-file")), "/file");
  EXPECT_EQ(Create(At("to-file"), false), "/to-file");
  EXPECT_EQ(Create(At("dangling")), "/missing (new)") << "made where the link leads";
  EXPECT_EQ(Create(At("dangling"), false), "/dangling");
  EXPECT_EQ(Create(At("dangling-deep")), Errno(ENOENT));
  EXPECT_EQ(Create(At("fresh/")), Errno(EISDIR));
  EXPECT_EQ(Create(At("loop")), Errno(ELOOP));
  EXPECT_EQ(Create(At("to-no-fd")), "/proc/TRACEE/fd/599 (new)") << "where the kernel makes nothing";
  const auto dangling = resolver().ObjectOrNewName(Name(At("dangling")), true);
  ASSERT_TRUE(dangling.ok());
  EXPECT_EQ(dangling->leaf, "missing");
}

TEST_F(ResolverTest, ADirectoryThatIsGone) {
  mkdir((root_ / "doomed").c_str(), 0755);
  const ForkedTracee lost([this] {
    if (chdir((root_ / "doomed").c_str()) < 0) _exit(1);
    rmdir((root_ / "doomed").c_str());
  });
  const Resolver resolver(lost.pid());
  EXPECT_EQ(Said(resolver.Object(Name("."), true)), "nameless");
  EXPECT_EQ(Said(resolver.Object(Name("x"), true)), Errno(ENOENT));
  EXPECT_EQ(Said(resolver.NewName(Name("x"))), Errno(ENOENT));
  EXPECT_EQ(Said(resolver.ObjectOrNewName(Name("x"), true)), Errno(ENOENT));
  EXPECT_EQ(Said(resolver.Object(Name(At("file")), true)), "/file");
}

TEST_F(ResolverTest, ATraceeThatIsGone) {
  const pid_t pid = tracee_->pid();
  tracee_.reset();
  const Resolver resolver(pid);
  EXPECT_FALSE(resolver.Object(Name("inner"), true).ok());
  EXPECT_FALSE(resolver.Descriptor(kFile).ok());
  EXPECT_FALSE(resolver.Object(Name("/proc/self/stat"), true).ok());
}

// A root directory that somebody builds in the workspace has a proc of its own, and that shows everybody's processes.
TEST_F(ResolverTest, ASecondProcIsRefused) {
  constexpr int kNoMounts = 77;
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) _exit(kNoMounts);
    if (mount("proc", At("dir").c_str(), "proc", 0, nullptr) < 0) _exit(kNoMounts);
    const Resolver resolver(getpid());
    const auto refused = [&](const std::string& name) {
      return ErrnoOf(resolver.Object(Name(name), true).status()) == EACCES;
    };
    if (!refused(At("dir")) || !refused(At("dir/self/environ")) || !refused(At(Concat("dir/", getppid(), "/mem"))))
      _exit(1);
    if (!resolver.Object(Name("/proc/self/stat"), true).ok() || !resolver.Object(Name(At("file")), true).ok()) _exit(2);
    if (!resolver.Object(Name("/dev/null"), true).ok()) _exit(3);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoMounts) GTEST_SKIP() << "only root mounts another proc";
  EXPECT_EQ(status, 0);
}

TEST(SplitLeafTest, Names) {
  const struct {
    const char* name;
    const char* parent;
    const char* leaf;
  } cases[] = {
      {"a", ".", "a"},     {"a/", ".", "a/"}, {"a/b", "a", "b"},   {"a/b/c/", "a/b", "c/"}, {"/x", "/", "x"},
      {"/x/", "/", "x/"},  {"//x", "/", "x"}, {"a//b", "a", "b"},  {"a/b//", "a", "b/"},    {"/", "/", "."},
      {"///", "/", "."},   {"..", ".", ".."}, {"a/..", "a", ".."}, {"./a", ".", "a"},       {".", ".", "."},
      {"/a/b", "/a", "b"}, {" / ", " ", " "},
  };
  for (const auto& c : cases) {
    const SplitName split = SplitLeaf(c.name);
    EXPECT_EQ(split.parent, c.parent) << c.name;
    EXPECT_EQ(split.leaf, c.leaf) << c.name;
  }
}

}  // namespace
}  // namespace usher
