#include "supervisor/kernel/mounts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "policies/text.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

constexpr int kNoMounts = 77;  // exit code of a child that this host gives no mounts of its own

UniqueFd Pin(const std::string& path) { return UniqueFd(open(path.c_str(), O_PATH | O_CLOEXEC)); }

TEST(OnMountOfOursTest, WhatOurNamesLeadTo) {
  for (const char* path : {"/", "/proc/self", "/dev/null", "/dev/shm"}) {
    EXPECT_TRUE(OnMountOfOurs(Pin(path).get())) << path;
  }
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_FALSE(OnMountOfOurs(ends[0]));
  EXPECT_FALSE(OnMountOfOurs(-1));
}

TEST(OnMountOfOursTest, NotWhatAnotherNamespaceHas) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const bool away = unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) == 0;
    if (write(ready[1], away ? "y" : "n", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char away = 'n';
  ASSERT_EQ(read(ready[0], &away, 1), 1);
  if (away == 'y') {
    EXPECT_FALSE(OnMountOfOurs(Pin(Concat("/proc/", child, "/root/")).get()));
    EXPECT_TRUE(OnMountOfOurs(Pin(Concat("/proc/", child, "/fd")).get())) << "that lies on our own /proc";
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  if (away != 'y') GTEST_SKIP() << "this host gives nobody mounts of his own";
}

// Numbers are used again at once: what is remembered of the table has to follow it.
TEST(MountTableTest, FollowsChanges) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) < 0) _exit(kNoMounts);
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) _exit(kNoMounts);
    if (mount("none", "/tmp", "tmpfs", 0, nullptr) < 0) _exit(kNoMounts);
    MountTable table;
    const UniqueFd mounted = Pin("/tmp");
    if (!table.Holds(mounted.get()) || !table.Holds(Pin("/").get())) _exit(1);
    if (umount2("/tmp", MNT_DETACH) < 0 || table.Holds(mounted.get())) _exit(2);
    if (mount("none", "/tmp", "tmpfs", 0, nullptr) < 0 || !table.Holds(Pin("/tmp").get())) _exit(3);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoMounts) GTEST_SKIP() << "this host gives nobody mounts of his own";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace usher
