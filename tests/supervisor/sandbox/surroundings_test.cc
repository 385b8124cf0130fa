#include "supervisor/surroundings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/path.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Servers(const std::string& text) {
  std::vector<std::string> servers;
  for (const IpAddress& address : NameServersIn(text)) servers.push_back(address.ToString());
  return servers;
}

TEST(NameServersTest, ResolvConf) {
  EXPECT_THAT(Servers("nameserver 192.0.2.1\nnameserver 192.0.2.2\n"), ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(Servers("search example.test\nnameserver\t192.0.2.1  # ours\noptions edns0"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(Servers("  nameserver   fe80::1%eth0\n"), ElementsAre("fe80::1"));
  EXPECT_THAT(Servers("nameserver ::ffff:192.0.2.1\n"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(Servers("# nameserver 192.0.2.1\n;nameserver 192.0.2.2\nnameservers 192.0.2.3\n"),
              ElementsAre("127.0.0.1"));
  EXPECT_THAT(Servers("nameserver\nnameserver none\n"), ElementsAre("127.0.0.1")) << "resolv.conf(5): the default";
  EXPECT_THAT(Servers(""), ElementsAre("127.0.0.1"));
}

// repo/.git/worktrees/w and w/.git, as git worktree(1) lays them out.
class SharedGitTest : public ::testing::Test {
 protected:
  SharedGitTest() {
    std::filesystem::create_directories(Admin());
    std::filesystem::create_directories(Worktree());
    Point("gitdir: " + Admin() + "\n");
    PointBack(Worktree() + "/.git\n");
  }
  std::string Admin() const { return root_ / "repo/.git/worktrees/w"; }
  std::string Worktree() const { return root_ / "w"; }
  void Point(const std::string& text) const { WriteText(Worktree() + "/.git", text); }
  void PointBack(const std::string& text) const { WriteText(Admin() + "/gitdir", text); }

  TemporaryDirectory root_;
};

TEST_F(SharedGitTest, BothEndsPointAtEachOther) { EXPECT_EQ(SharedGitOf(Worktree()), root_ / "repo/.git"); }

TEST_F(SharedGitTest, RelativeOnBothEnds) {
  Point("gitdir: ../repo/.git/worktrees/w\n");
  EXPECT_EQ(SharedGitOf(Worktree()), root_ / "repo/.git");
  PointBack("../../../../w/.git\n");  // git 2.48, worktree.useRelativePaths
  EXPECT_EQ(SharedGitOf(Worktree()), root_ / "repo/.git");
}

TEST_F(SharedGitTest, OneEndAloneIsNoProof) {
  PointBack(root_ / "elsewhere/.git\n");
  EXPECT_EQ(SharedGitOf(Worktree()), "");
  unlink((Admin() + "/gitdir").c_str());
  EXPECT_EQ(SharedGitOf(Worktree()), "");
}

TEST_F(SharedGitTest, FilesThatAreNoWorktree) {
  for (const std::string text :
       {"", "gitdir: ", "gitdir: \n", "gitdir:", "nonsense", "gitdir: /\n", "gitdir: missing\n"}) {
    Point(text);
    EXPECT_EQ(SharedGitOf(Worktree()), "") << text;
  }
  // A submodule: its directory is no worktree's.
  std::filesystem::create_directories(root_ / "repo/.git/modules/m");
  Point("gitdir: " + root_.path() + "/repo/.git/modules/m\n");
  EXPECT_EQ(SharedGitOf(Worktree()), "");
  EXPECT_EQ(SharedGitOf(root_ / "missing"), "");
  std::filesystem::remove(Worktree() + "/.git");
  std::filesystem::create_directory(Worktree() + "/.git");
  EXPECT_EQ(SharedGitOf(Worktree()), "");
}

class OwnPlacesTest : public ::testing::Test {
 protected:
  OwnPlacesTest() {
    std::filesystem::create_directory(root_ / "home");
    setenv("HOME", (root_ / "home").c_str(), 1);
    for (const char* variable : {"USHER_STATE", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"})
      unsetenv(variable);
  }
  Surroundings Found() const {
    auto around = LookAround("");
    EXPECT_TRUE(around.ok()) << around.status();
    return around.ok() ? *std::move(around) : Surroundings();
  }

  TemporaryDirectory root_;
};

TEST_F(OwnPlacesTest, LieWhereLinksLead) {
  std::filesystem::create_directory(root_ / "dotfiles");
  std::filesystem::create_directory_symlink(root_ / "dotfiles", root_ / "home/.config");
  const Surroundings around = Found();
  EXPECT_EQ(around.config, root_ / "dotfiles/usher");
  EXPECT_EQ(around.state, root_ / "home/.local/state/usher") << "not there yet";
  EXPECT_EQ(around.own_links, std::vector<std::string>{root_ / "home/.config"});
}

TEST_F(OwnPlacesTest, AVariableThatIsNoPathDoesNotCount) {
  const std::string usual = Concat("/run/user/", getuid());
  for (const char* value : {"", "run", "."}) {
    setenv("XDG_RUNTIME_DIR", value, 1);
    EXPECT_EQ(Found().runtime, NamesOnTheWay(usual).back()) << value;
  }
  setenv("XDG_RUNTIME_DIR", (root_ / "run").c_str(), 1);
  EXPECT_EQ(Found().runtime, root_ / "run");
}

// Usher starts in whatever a repository holds: a name that can be waited for must not hold it up.
TEST_F(SharedGitTest, AFifoIsNotWaitedFor) {
  unlink((Worktree() + "/.git").c_str());
  ASSERT_EQ(mkfifo((Worktree() + "/.git").c_str(), 0600), 0);
  alarm(20);
  EXPECT_EQ(SharedGitOf(Worktree()), "");
  alarm(0);
}

}  // namespace
}  // namespace usher
