#include "supervisor/kernel/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr char kRest[] = " S 1 20 30 34816 40 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1000 10 0";

TEST(ProcStatTest, HostileNames) {
  for (const std::string name :
       {"cat", "a b", ")", "(", "))))", ") R 7 7 7", "x) S 2 3 4 5 6", "", "\n", "\xff\xfe", "(sd-pam)", "a)\n9 (b"}) {
    const auto stat = ParseProcStat(Concat("4711 (", name, ")", kRest, "\n"));
    ASSERT_TRUE(stat.ok()) << name;
    EXPECT_EQ(stat->comm, name);
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->parent, 1);
    EXPECT_EQ(stat->group, 20);
    EXPECT_EQ(stat->session, 30);
    EXPECT_EQ(stat->terminal, 34816);
    EXPECT_EQ(stat->start_ticks, 987654321u);
  }
}

TEST(ProcStatTest, WhatIsNoStatIsRefused) {
  for (const char* text : {"", "4711", "4711 (cat", "4711 )cat(", "4711 (cat)", "4711 (cat) ", "4711 (cat) S",
                           "4711 (cat) S 1 20 30", "4711 (cat) SS 1 20 30 34816 40 0 1 2 3 4 5 6 7 8 20 0 1 0 9 1",
                           "4711 (cat) S x 20 30 34816 40 0 1 2 3 4 5 6 7 8 20 0 1 0 9 1",
                           "4711 (cat) S 1 20 30 34816 40 0 1 2 3 4 5 6 7 8 20 0 1 0 -9 1",
                           "4711 (cat) S 99999999999 20 30 34816 40 0 1 2 3 4 5 6 7 8 20 0 1 0 9 1", ")(", ")"}) {
    EXPECT_EQ(ErrnoOf(ParseProcStat(text).status()), EINVAL) << text;
  }
}

TEST(ProcStatTest, OfARealProcessWithAHostileName) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    prctl(PR_SET_NAME, ") Z 1 1 1 (");
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const auto stat = ReadProcStat(child);
  ASSERT_TRUE(stat.ok()) << stat.status();
  EXPECT_EQ(stat->comm, ") Z 1 1 1 (");
  EXPECT_EQ(stat->parent, getpid());
  EXPECT_EQ(stat->session, child);
  EXPECT_EQ(stat->group, child);
  EXPECT_EQ(*ThreadGroupOf(child), child);
  EXPECT_THAT(ChildrenOf(getpid()), Contains(child));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(ErrnoOf(ReadProcStat(child).status()), ENOENT);
  EXPECT_FALSE(ThreadGroupOf(child).ok());
  close(ready[0]);
  close(ready[1]);
}

TEST(ThreadTest, BelongsToItsProcess) {
  std::thread([] {
    const auto tid = static_cast<int32_t>(gettid());
    EXPECT_EQ(*ThreadGroupOf(tid), getpid());
    EXPECT_EQ(ReadProcStat(tid)->parent, getppid());
  }).join();
}

TEST(UmaskTest, IsTheCallers) {
  const pid_t child = fork();
  if (child == 0) {
    umask(027);
    _exit(UmaskOf(getpid()).value_or(0) == 027 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(PidfdTest, TakesDescriptorsAndSignals) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  auto pidfd = PidfdOpen(child);
  ASSERT_TRUE(pidfd.ok());
  const auto copy = PidfdGetFd(pidfd->get(), pipe_ends[1]);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(write(copy->get(), "x", 1), 1);
  EXPECT_EQ(ErrnoOf(PidfdGetFd(pidfd->get(), 999).status()), EBADF);
  EXPECT_EQ(*PidOfPidfd(pidfd->get()), child);
  EXPECT_EQ(ErrnoOf(PidOfPidfd(pipe_ends[0]).status()), EBADF);
  EXPECT_TRUE(PidfdKill(pidfd->get(), SIGKILL).ok());
  waitpid(child, nullptr, 0);
  EXPECT_EQ(ErrnoOf(PidfdKill(pidfd->get(), SIGKILL)), ESRCH);
  EXPECT_EQ(ErrnoOf(PidOfPidfd(pidfd->get()).status()), ESRCH);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

}  // namespace
}  // namespace usher
