#include "supervisor/tracee/process_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <optional>
#include <thread>
#include <vector>

#include "policies/text.h"
#include "tests/support/forked_tracee.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;

// This process plays the keeper; the child has a grandchild of its own, whose number it tells through a file.
class ProcessTableTest : public ::testing::Test {
 protected:
  ProcessTableTest() : processes_(getpid()) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    child_.emplace([this] {
      setpgid(0, 0);
      prctl(PR_SET_NAME, "child");
      const pid_t grandchild = fork();
      if (grandchild == 0) {
        prctl(PR_SET_NAME, "grandchild");
        WriteText(temporary_ / "told", "x");
        for (;;) pause();
      }
      while (Contents(temporary_ / "told").empty()) usleep(1000);
      WriteText(temporary_ / "pid", Concat(grandchild));
    });
    EXPECT_TRUE(ParseNumber(Contents(temporary_ / "pid"), &grandchild_));
  }
  ~ProcessTableTest() override {
    kill(grandchild_, SIGKILL);
    child_.reset();
    while (waitpid(-1, nullptr, 0) > 0) continue;
    prctl(PR_SET_CHILD_SUBREAPER, 0);
  }

  TemporaryDirectory temporary_;
  ProcessTable processes_;
  std::optional<ForkedTracee> child_;
  int32_t grandchild_ = 0;
};

TEST_F(ProcessTableTest, WhoDescendsFromTheKeeperIsInside) {
  EXPECT_TRUE(processes_.Inside(child_->pid()));
  EXPECT_TRUE(processes_.Inside(grandchild_));
  EXPECT_FALSE(processes_.Inside(getpid())) << "the keeper itself";
  EXPECT_FALSE(processes_.Inside(getppid()));
  for (const int32_t nobody : {1, 0, -1, INT32_MIN, INT32_MAX}) EXPECT_FALSE(processes_.Inside(nobody)) << nobody;
}

TEST_F(ProcessTableTest, OrphansStayInside) {
  child_.reset();
  EXPECT_TRUE(processes_.Inside(grandchild_)) << "the keeper is their subreaper";
  // The group lost its leader; any member decides.
  EXPECT_TRUE(processes_.GroupInside(getpgid(grandchild_)));
}

TEST_F(ProcessTableTest, SomebodyElsesChildrenAreOutside) {
  const ProcessTable others(child_->pid());
  EXPECT_TRUE(others.Inside(grandchild_));
  EXPECT_FALSE(others.Inside(child_->pid()));
  EXPECT_FALSE(others.Inside(getpid()));
}

TEST_F(ProcessTableTest, Groups) {
  EXPECT_TRUE(processes_.GroupInside(child_->pid()));
  EXPECT_FALSE(processes_.GroupInside(getpgrp()));
  EXPECT_FALSE(processes_.GroupInside(grandchild_)) << "a process that leads no group";
  EXPECT_FALSE(processes_.GroupInside(INT32_MIN));
}

TEST_F(ProcessTableTest, WhoIsGoneIsOutside) {
  const int32_t gone = child_->pid();
  child_.reset();
  EXPECT_FALSE(processes_.Inside(gone));
  EXPECT_EQ(processes_.Describe(gone).exe, "");
}

TEST_F(ProcessTableTest, WhoWasSeenOftenAndIsGoneIsNotDescribed) {
  const int32_t gone = child_->pid();
  for (int i = 0; i < 3; ++i) EXPECT_NE(processes_.Describe(gone).exe, "") << i;
  kill(gone, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(gone), &info, WEXITED | WNOWAIT), 0);
  EXPECT_NE(processes_.Describe(gone).exe, "") << "until it is reaped, its number is its own";
  child_.reset();
  EXPECT_EQ(processes_.Describe(gone).exe, "");
}

TEST_F(ProcessTableTest, ManyAreDescribedMoreThanOnce) {
  const int descriptors = static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
  std::vector<pid_t> children;
  for (int i = 0; i < 100; ++i) {
    children.push_back(fork());
    if (children.back() == 0) pause();
  }
  for (int round = 0; round < 3; ++round) {
    for (const pid_t child : children) EXPECT_EQ(processes_.Describe(child).pid, child);
  }
  EXPECT_LT(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}), descriptors + 40);
  for (const pid_t child : children) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_EQ(processes_.Describe(child).exe, "");
  }
}

TEST_F(ProcessTableTest, Describe) {
  const Subject before = processes_.Describe(grandchild_);
  EXPECT_EQ(before.pid, grandchild_);
  const std::string own = program_invocation_short_name;
  EXPECT_EQ(before.chain, (std::vector<std::string>{own, own})) << "not the names that they gave themselves";
  EXPECT_FALSE(before.exe.empty());
  EXPECT_GT(before.start_ticks, 0u);
  processes_.NoteExec(grandchild_, "/usr/bin/cat", {"cat", "x"});
  const Subject after = processes_.Describe(grandchild_);
  EXPECT_EQ(after.exe, "/usr/bin/cat");
  EXPECT_THAT(after.argv, ElementsAre("cat", "x"));
  EXPECT_THAT(after.chain, ElementsAre(own, "cat"));
}

TEST_F(ProcessTableTest, AForkSpeaksForItselfAndNamesWhoForkedIt) {
  const Subject child = processes_.Describe(child_->pid());
  processes_.NoteExec(child_->pid(), child.exe, {"as", "started"});
  const Subject grandchild = processes_.Describe(grandchild_);
  EXPECT_EQ(grandchild.argv, child.argv) << "that of this test";
  processes_.NoteExec(child_->pid(), "/usr/bin/cat", {"cat", "x"});
  processes_.Forget(grandchild_);
  EXPECT_EQ(processes_.Describe(grandchild_).chain.front(), "cat");
}

TEST_F(ProcessTableTest, WhatMayHaveChangedIsReadAnew) {
  processes_.NoteExec(grandchild_, "/usr/bin/cat", {"cat", "x"});
  EXPECT_EQ(processes_.Describe(grandchild_).exe, "/usr/bin/cat");
  processes_.Forget(grandchild_);
  EXPECT_NE(processes_.Describe(grandchild_).exe, "/usr/bin/cat");
}

// A chain of forks, each the parent of the next, as deep as nobody has it but to make trouble.
TEST_F(ProcessTableTest, MoreAncestorsThanAreTold) {
  constexpr int kDeep = 100;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t first = fork();
  if (first == 0) {
    setpgid(0, 0);
    for (int depth = 0; depth < kDeep; ++depth) {
      const pid_t next = fork();
      if (next != 0) pause();
    }
    const pid_t last = getpid();
    if (write(ends[1], &last, sizeof(last)) != sizeof(last)) _exit(1);
    pause();
  }
  pid_t last = 0;
  ASSERT_EQ(read(ends[0], &last, sizeof(last)), static_cast<ssize_t>(sizeof(last)));
  const Subject subject = processes_.Describe(last);
  EXPECT_EQ(subject.pid, last);
  EXPECT_GT(subject.chain.size(), 50u);
  EXPECT_LT(subject.chain.size(), 100u);
  EXPECT_EQ(processes_.Describe(first).chain.size(), 1u);
  EXPECT_EQ(processes_.Describe(last).chain.size(), subject.chain.size());
  const auto stat = ReadProcStat(last);
  ASSERT_TRUE(stat.ok());
  EXPECT_EQ(processes_.Describe(stat->parent).chain.size(), subject.chain.size()) << "as many as are told, not one less";
  kill(-first, SIGKILL);
  close(ends[0]);
  close(ends[1]);
}

// No exec announces a change of directory, and what a person reads must say where the process stands now.
TEST_F(ProcessTableTest, TheWorkingDirectoryIsThatOfTheMoment) {
  std::filesystem::create_directory(temporary_ / "sub");
  int moved_pipe[2];
  ASSERT_EQ(pipe(moved_pipe), 0);
  static int told;
  told = moved_pipe[1];
  ForkedTracee child([this] {
    EXPECT_EQ(chdir(temporary_.path().c_str()), 0);
    signal(SIGUSR1, [](int) {
      const bool there = chdir("sub") == 0;
      if (write(told, there ? "y" : "n", 1) != 1) _exit(1);
    });
  });
  // Often enough to be among those that are not looked up anew.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(processes_.DescribeWithDirectory(child.pid()).cwd, temporary_.path()) << i;
  kill(child.pid(), SIGUSR1);
  char there = 'n';
  ASSERT_EQ(read(moved_pipe[0], &there, 1), 1);
  ASSERT_EQ(there, 'y');
  close(moved_pipe[0]);
  close(moved_pipe[1]);
  const Subject moved = processes_.DescribeWithDirectory(child.pid());
  EXPECT_EQ(moved.cwd, temporary_ / "sub");
  EXPECT_EQ(moved.pid, child.pid());
  EXPECT_EQ(processes_.Describe(child.pid()).cwd, "") << "not asked for, and no old one";
}

TEST(ProcessTableThreadTest, AThreadIsOfItsProcess) {
  ProcessTable processes(getppid());
  std::thread([&] {
    EXPECT_TRUE(processes.Inside(gettid()));
    const Subject subject = processes.Describe(gettid());
    EXPECT_EQ(subject.pid, getpid());
    EXPECT_EQ(subject.tid, gettid());
  }).join();
}

}  // namespace
}  // namespace usher
