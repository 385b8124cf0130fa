#include "supervisor/exec_guard.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ExecGuard::Image ImageOf(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return {path, status.st_dev, status.st_ino, {path, "1000"}};
}

class ExecGuardTest : public ::testing::Test {
 protected:
  ExecGuardTest() : processes_(getpid()), guard_(processes_, [this](const auto& m) { mismatches_.push_back(m); }) {}

  // A child that runs `path` once it is told to.
  void Start(const std::string& path) {
    ASSERT_EQ(pipe2(go_, O_CLOEXEC), 0);
    child_ = fork();
    if (child_ == 0) {
      char byte;
      if (read(go_[0], &byte, 1) != 1) _exit(1);
      execl(path.c_str(), path.c_str(), "1000", nullptr);
      pause();
    }
  }
  void Go() { ASSERT_EQ(write(go_[1], "x", 1), 1); }
  void RunUntil(const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    bool there = false;
    while (!there && std::chrono::steady_clock::now() < end) {
      guard_.OnChildSignal();
      there = reached();
      if (!there) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(there);
  }
  ~ExecGuardTest() override {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, __WALL);
    close(go_[0]);
    close(go_[1]);
  }

  ProcessTable processes_;
  std::vector<ExecGuard::Mismatch> mismatches_;
  ExecGuard guard_;
  int go_[2] = {-1, -1};
  pid_t child_ = -1;
};

TEST_F(ExecGuardTest, WhatWasAllowedRuns) {
  Start("/bin/sleep");
  ASSERT_TRUE(guard_.Expect(child_, ImageOf("/bin/sleep")).ok());
  Go();
  RunUntil([&] { return guard_.checked_at_stop() == 1; });
  EXPECT_THAT(mismatches_, IsEmpty());
  EXPECT_EQ(kill(child_, 0), 0);
  EXPECT_THAT(processes_.Describe(child_).argv, ElementsAre("/bin/sleep", "1000"));
  EXPECT_THAT(processes_.Describe(child_).exe, HasSubstr("sleep"));
}

TEST_F(ExecGuardTest, WhatWasPutInItsPlaceIsKilled) {
  Start("/bin/sleep");
  ASSERT_TRUE(guard_.Expect(child_, ImageOf("/bin/cat")).ok());
  Go();
  RunUntil([&] { return !mismatches_.empty(); });
  ASSERT_THAT(mismatches_, SizeIs(1));
  EXPECT_EQ(mismatches_[0].pid, child_);
  EXPECT_EQ(mismatches_[0].expected, "/bin/cat");
  EXPECT_THAT(mismatches_[0].found, HasSubstr("sleep"));
  int status = 0;
  EXPECT_EQ(waitpid(child_, &status, 0), child_);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST_F(ExecGuardTest, OtherArgumentsThanTheJudgedAreKilled) {
  const struct {
    std::vector<std::string> judged;
    bool same;
  } cases[] = {
      {{"/bin/sleep", "1000"}, true},
      {{"/bin/sleep", "1000", "…"}, true},  // the copy was cut there
      {{"…"}, true},
      {{"/bin/sleep", "999"}, false},
      {{"/bin/sleep"}, false},
      {{"/bin/sleep", "1000", "more"}, false},
      {{}, false},
  };
  for (const auto& c : cases) {
    mismatches_.clear();
    Start("/bin/sleep");
    ExecGuard::Image image = ImageOf("/bin/sleep");
    image.argv = c.judged;
    const uint64_t before = guard_.checked_at_stop();
    ASSERT_TRUE(guard_.Expect(child_, image).ok());
    Go();
    RunUntil([&] { return guard_.checked_at_stop() > before; });
    EXPECT_THAT(mismatches_, SizeIs(c.same ? 0 : 1)) << ::testing::PrintToString(c.judged);
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, __WALL);
    close(go_[0]);
    close(go_[1]);
  }
  Start("/bin/true");  // for the fixture to end
}

TEST_F(ExecGuardTest, AnExecThatFailsLetsTheCallerGoOn) {
  Start("/nonexistent");
  ASSERT_TRUE(guard_.Expect(child_, ImageOf("/bin/cat")).ok());
  Go();
  guard_.Release(child_);
  RunUntil([&] {
    return Contents("/proc/" + std::to_string(child_) + "/status").find("TracerPid:\t0\n") != std::string::npos;
  });
  EXPECT_EQ(kill(child_, 0), 0);
  EXPECT_THAT(mismatches_, IsEmpty());
  EXPECT_EQ(guard_.checked_at_stop(), 0u);
}

// Where nobody can attach, the first call of the new image is checked.
TEST_F(ExecGuardTest, UnattachedItIsCheckedAtTheFirstCall) {
  for (const bool honest : {true, false}) {
    Start("/bin/sleep");
    // Seized already, by another guard: this one has to do without.
    ExecGuard first(processes_, [](const auto&) {});
    ASSERT_TRUE(first.Expect(child_, ImageOf("/bin/sleep")).ok());
    ASSERT_TRUE(guard_.Expect(child_, ImageOf(honest ? "/bin/sleep" : "/bin/cat")).ok());
    EXPECT_TRUE(guard_.CheckCaller(child_)) << "still the old image";
    Go();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (first.checked_at_stop() == 0 && std::chrono::steady_clock::now() < end) first.OnChildSignal();
    EXPECT_EQ(guard_.CheckCaller(child_), honest);
    EXPECT_THAT(mismatches_, SizeIs(honest ? 0 : 1));
    EXPECT_EQ(guard_.checked_at_call(), 1u);
    EXPECT_EQ(guard_.checked_at_stop(), 0u);
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, __WALL);
    close(go_[0]);
    close(go_[1]);
  }
  Start("/bin/true");  // for the fixture to end
}

}  // namespace
}  // namespace usher
