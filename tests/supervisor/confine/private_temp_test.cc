#include "supervisor/confine/private_temp.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "supervisor/kernel/unique_fd.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

class PrivateTempTest : public ::testing::Test {
 protected:
  PrivateTempTest() {
    setenv("TMPDIR", root_.path().c_str(), 1);
    path_ = NamePrivateTemp();
    EXPECT_EQ(MakePrivateTemp(path_), 0);
  }
  ~PrivateTempTest() override { unsetenv("TMPDIR"); }
  std::string In(const std::string& name) const { return path_ + "/" + name; }
  // Removes it; whether nothing of it is left.
  bool Removed() {
    RemovePrivateTemp(path_);
    return !std::filesystem::exists(std::filesystem::symlink_status(path_));
  }

  TemporaryDirectory root_;
  std::string path_;
};

TEST_F(PrivateTempTest, IsPrivateAndBelowTmpdir) {
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode, S_IFDIR | 0700u);
  EXPECT_EQ(path_.rfind(root_.path() + "/usher-", 0), 0u);
  EXPECT_EQ(MakePrivateTemp(path_), EEXIST);
  EXPECT_NE(NamePrivateTemp(), path_);
}

TEST_F(PrivateTempTest, EverythingGoes) {
  std::filesystem::create_directories(In("a/b/c"));
  WriteText(In("a/b/c/file"), "x");
  ASSERT_EQ(mkfifo(In("fifo").c_str(), 0600), 0);
  WriteText(In("a/locked"), "x");
  chmod(In("a/b").c_str(), 0);
  chmod(In("a").c_str(), 0100);
  EXPECT_TRUE(Removed());
}

TEST_F(PrivateTempTest, NoLinkIsFollowed) {
  std::filesystem::create_directory(root_ / "precious");
  WriteText(root_ / "precious/file", "x");
  chmod((root_ / "precious").c_str(), 0500);
  ASSERT_EQ(symlink((root_ / "precious").c_str(), In("link").c_str()), 0);
  ASSERT_EQ(symlink((root_ / "precious/file").c_str(), In("file-link").c_str()), 0);
  ASSERT_EQ(symlink("..", In("up").c_str()), 0);
  ASSERT_EQ(link((root_ / "precious/file").c_str(), In("second").c_str()), 0);
  EXPECT_TRUE(Removed());
  EXPECT_EQ(Contents(root_ / "precious/file"), "x");
  struct stat status;
  ASSERT_EQ(stat((root_ / "precious").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode, S_IFDIR | 0500u) << "not opened up either";
  chmod((root_ / "precious").c_str(), 0700);
}

// Deeper than a process may have descriptors open, and than one name may be long.
TEST_F(PrivateTempTest, DeepTrees) {
  int at = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int depth = 0; depth < 2500; ++depth) {
    ASSERT_EQ(mkdirat(at, "deep", 0700), 0) << depth;
    const int next = openat(at, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(at);
    at = next;
  }
  close(at);
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{256, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  EXPECT_TRUE(Removed());
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(PrivateTempTest, WhereThereIsNoneNothingHappens) {
  EXPECT_TRUE(Removed());
  RemovePrivateTemp(path_);
  RemovePrivateTemp("");
  EXPECT_EQ(MakePrivateTemp("/proc/usher-test"), ENOENT);
}

}  // namespace
}  // namespace usher
