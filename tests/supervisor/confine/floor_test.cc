// The floor as the kernel has it, in a child that nothing else holds back: no filter, no monitor.

#include "supervisor/confine/floor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "policies/parser.h"
#include "policies/text.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

class FloorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (LandlockAbi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
    std::filesystem::create_directories(root_ / "work/src");
    WriteText(root_ / "work/readme", "text");
    WriteText(root_ / "work/.env", "secret");
    WriteText(root_ / "work/src/main.c", "int main;");
    WriteText(root_ / "outside", "not yours");
  }

  // Time enough to look at everything, however slow the machine is.
  Floor Build(std::chrono::microseconds budget = std::chrono::seconds(10), const std::string& read = "'/usr','.'") {
    const std::string text = Concat("version=1\nextends=[]\n[files]\nread.allow=[", read,
                                    "]\nwrite.allow=['.']\n"
                                    "exec.allow=['/usr','.']\nsecrets=['**/.env']\nharmless=['/usr']\n");
    auto parsed = ParsePolicy(text, "test.toml", {.workspace = root_ / "work"});
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    std::vector<Policy> layers;
    layers.push_back(std::move(parsed->policy));
    auto floor = BuildFloor(Ruleset(std::move(layers)), FloorUse::kRunningAndReading, root_ / "to-be-made", budget);
    EXPECT_TRUE(floor.ok()) << floor.status();
    return *std::move(floor);
  }

  // The errno of `attempt` below the floor; 0 when it works.
  static int Below(const Floor& floor, const std::function<bool()>& attempt) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (RestrictSelf(floor.ruleset.get()) != 0) _exit(200);
      errno = 0;
      _exit(attempt() ? 0 : errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int Open(const Floor& floor, const std::string& path, int flags) {
    return Below(floor, [&] { return open(path.c_str(), flags, 0600) >= 0; });
  }

  TemporaryDirectory root_;
};

TEST_F(FloorTest, ReadsWhatThePolicySurelyAllows) {
  const Floor floor = Build();
  EXPECT_EQ(floor.abi, LandlockAbi());
  EXPECT_EQ(Open(floor, "/usr/bin/env", O_RDONLY), 0);
  EXPECT_EQ(Open(floor, root_ / "work/readme", O_RDONLY), 0);
  EXPECT_EQ(Open(floor, root_ / "work/src/main.c", O_RDONLY), 0);
  EXPECT_EQ(Open(floor, root_ / "work/.env", O_RDONLY), EACCES);
  EXPECT_EQ(Open(floor, root_ / "outside", O_RDONLY), EACCES);
  EXPECT_EQ(Open(floor, "/etc/passwd", O_RDONLY), EACCES);
  EXPECT_EQ(Open(floor, root_ / "work", O_RDONLY | O_DIRECTORY), EACCES)
      << "listing it would be listing what is hidden in it";
}

TEST_F(FloorTest, AWalkComesBackFromWhereItWent) {
  for (const char* directory : {"a/b/c", "a/bb", "ab", "b/a"}) {
    std::filesystem::create_directories(Concat(root_ / "work/", directory));
    WriteText(Concat(root_ / "work/", directory, "/file"), "text");
    WriteText(Concat(root_ / "work/", directory, "/.env"), "secret");
  }
  const Floor floor = Build();
  for (const char* directory : {"a/b/c", "a/bb", "ab", "b/a"}) {
    EXPECT_EQ(Open(floor, Concat(root_ / "work/", directory, "/file"), O_RDONLY), 0) << directory;
    EXPECT_EQ(Open(floor, Concat(root_ / "work/", directory, "/.env"), O_RDONLY), EACCES) << directory;
  }
}

// The second walk begins at a directory that the first one has listed already, and went below.
TEST_F(FloorTest, ARootWithinARoot) {
  for (const char* directory : {"src/deep", "src/deeper/still"}) {
    std::filesystem::create_directories(Concat(root_ / "work/", directory));
  }
  WriteText(root_ / "work/src/.env", "secret");
  const Floor floor = Build(std::chrono::seconds(10), "'/usr','.','./src','./src/deeper'");
  EXPECT_EQ(Open(floor, root_ / "work/src/main.c", O_RDONLY), 0);
  EXPECT_EQ(Open(floor, root_ / "work/src/.env", O_RDONLY), EACCES);
}

TEST_F(FloorTest, ThroughNoLink) {
  std::filesystem::create_directory_symlink(root_ / "work/..", root_ / "work/src/up");
  EXPECT_EQ(Open(Build(), root_ / "work/src/up/outside", O_RDONLY), EACCES);
}

TEST_F(FloorTest, WritesNothingAnywhere) {
  const Floor floor = Build();
  EXPECT_EQ(Open(floor, root_ / "work/readme", O_WRONLY), EACCES);
  EXPECT_EQ(Open(floor, root_ / "work/new", O_WRONLY | O_CREAT), EACCES);
  EXPECT_EQ(Open(floor, "/dev/null", O_WRONLY), EACCES);
  EXPECT_EQ(Below(floor, [&] { return mkdir((root_ / "work/d").c_str(), 0700) == 0; }), EACCES);
  EXPECT_EQ(Below(floor, [&] { return unlink((root_ / "work/readme").c_str()) == 0; }), EACCES);
  EXPECT_EQ(Below(floor, [&] { return rename((root_ / "work/readme").c_str(), (root_ / "work/x").c_str()) == 0; }),
            EACCES);
  EXPECT_EQ(Below(floor, [&] { return symlink("x", (root_ / "work/link").c_str()) == 0; }), EACCES);
  if (floor.abi >= 3) {
    EXPECT_EQ(Below(floor, [&] { return truncate((root_ / "work/readme").c_str(), 0) == 0; }), EACCES);
  }
}

TEST_F(FloorTest, RunsWhatMayRun) {
  const Floor floor = Build();
  std::string name = "true";
  char* argv[] = {name.data(), nullptr};
  char* envp[] = {nullptr};
  EXPECT_EQ(Below(floor, [&] { return execve("/usr/bin/true", argv, envp) == 0; }), 0);
  std::filesystem::copy_file("/usr/bin/true", root_ / "elsewhere");
  EXPECT_EQ(Below(floor, [&] { return execve((root_ / "elsewhere").c_str(), argv, envp) == 0; }), EACCES);
}

TEST_F(FloorTest, ConnectsNowhereAndSignalsNobodyOutside) {
  const Floor floor = Build();
  if (floor.abi < 6) GTEST_SKIP() << "Landlock ABI " << floor.abi << " knows neither TCP nor signals";
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(9);
  const auto socket_of = [] { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); };
  const auto* address = reinterpret_cast<const sockaddr*>(&name);
  EXPECT_EQ(Below(floor, [&] { return connect(socket_of(), address, sizeof(name)) == 0; }), EACCES);
  EXPECT_EQ(Below(floor, [&] { return bind(socket_of(), address, sizeof(name)) == 0; }), EACCES);
  EXPECT_EQ(Below(floor, [&] { return kill(getppid(), 0) == 0; }), EPERM);
  EXPECT_EQ(Below(floor, [&] { return kill(getpid(), 0) == 0; }), 0);
}

TEST_F(FloorTest, WithoutTimeItIsSmallerNotLooser) {
  const Floor floor = Build(std::chrono::microseconds(0));
  EXPECT_TRUE(floor.plan.out_of_time);
  EXPECT_EQ(Open(floor, "/usr/bin/env", O_RDONLY), 0);
  EXPECT_EQ(Open(floor, root_ / "work/readme", O_RDONLY), EACCES);
}

}  // namespace
}  // namespace usher
