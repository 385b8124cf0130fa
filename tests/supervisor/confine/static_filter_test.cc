// The filter of a run in which no call is held: nothing goes to anybody, and what the floor does not bound is refused.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "supervisor/arch/native.h"
#include "supervisor/confine/filter.h"
#include "supervisor/confine/filter_plan.h"
#include "supervisor/confine/static_rows.h"

namespace usher {
namespace {

using Args = std::array<uint64_t, 6>;
constexpr uint32_t kRuns = SECCOMP_RET_ALLOW;
constexpr uint32_t Fails(int error) { return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error); }
constexpr int kNewestAbi = 7;

uint32_t Says(std::string_view name, Args args = {}, int abi = kNewestAbi) {
  const int nr = seccomp_syscall_resolve_name(std::string(name).c_str());
  EXPECT_GE(nr, 0) << name;
  return RunFilter(StaticFilterBelow(abi), kNativeAuditArch, nr, args, 0);
}

TEST(StaticRowsTest, HoldNoCall) {
  for (const Row& row : StaticTable()) {
    EXPECT_NE(row.treatment, Treatment::kMediated) << row.name;
    for (const ArgTest& test : row.tests) EXPECT_NE(test.then, Treatment::kMediated) << row.name;
  }
}

// Nobody gets more than a held call's place in the kernel: what is refused with a monitor is refused without.
TEST(StaticRowsTest, WhatIsRefusedElsewhereIsRefusedHere) {
  const std::vector<Row> rows = StaticTable();
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& elsewhere = Table()[i];
    ASSERT_EQ(rows[i].name, elsewhere.name);
    if (elsewhere.treatment != Treatment::kMediated) {
      EXPECT_EQ(rows[i].treatment, elsewhere.treatment) << rows[i].name;
    }
  }
}

TEST(StaticFilterTest, WhatTheFloorBoundsRuns) {
  for (const char* name : {"openat", "mkdirat", "unlinkat", "renameat2", "linkat", "symlinkat", "execve", "execveat",
                           "truncate", "kill", "tgkill", "read", "mmap", "clone", "getsockname"}) {
    EXPECT_EQ(Says(name), kRuns) << name;
  }
}

TEST(StaticFilterTest, WhatNobodyCouldJudgeFails) {
  for (const char* name : {"fchmodat", "fchmod", "fchownat", "utimensat", "setxattr", "fsetxattr", "removexattr",
                           "inotify_add_watch", "connect", "bind", "listen", "sendmsg", "sendmmsg", "ptrace",
                           "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_open", "setpriority"}) {
    EXPECT_EQ(Says(name), Fails(EPERM)) << name;
  }
  EXPECT_EQ(Says("fcntl", {0, F_SETOWN}), Fails(EPERM));
  EXPECT_EQ(Says("fcntl", {0, F_SETFL}), kRuns);
  EXPECT_EQ(Says("prlimit64", {1}), Fails(EPERM));
  EXPECT_EQ(Says("prlimit64", {0}), kRuns);
}

TEST(StaticFilterTest, NoSocketButAPairOfItsOwn) {
  for (const uint64_t family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_VSOCK}) {
    EXPECT_EQ(Says("socket", {family, SOCK_STREAM}), Fails(EAFNOSUPPORT)) << family;
  }
  EXPECT_EQ(Says("socketpair", {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC}), kRuns);
  EXPECT_EQ(Says("socketpair", {AF_UNIX, SOCK_SEQPACKET}), kRuns);
  EXPECT_EQ(Says("socketpair", {AF_UNIX, SOCK_DGRAM}), Fails(EAFNOSUPPORT)) << "could be turned to anybody";
  EXPECT_EQ(Says("socketpair", {AF_INET, SOCK_STREAM}), Fails(EAFNOSUPPORT));
  EXPECT_EQ(Says("sendto", {3, 0, 0, 0, 0}), kRuns) << "to whom it is connected";
  EXPECT_EQ(Says("sendto", {3, 0, 0, 0, 4096}), Fails(EPERM));
}

// Landlock before ABI 3 looks at none of these.
TEST(StaticFilterTest, NothingIsTruncatedWithoutTheRightToWrite) {
  EXPECT_EQ(Says("openat", {0, 0, O_RDONLY | O_TRUNC}), Fails(EACCES));
  EXPECT_EQ(Says("openat", {0, 0, O_RDONLY | O_TRUNC | O_CREAT | O_CLOEXEC}), Fails(EACCES));
  EXPECT_EQ(Says("openat", {0, 0, O_ACCMODE}), Fails(EACCES));
  EXPECT_EQ(Says("openat", {0, 0, O_ACCMODE | O_TRUNC}), Fails(EACCES));
  EXPECT_EQ(Says("openat", {0, 0, O_WRONLY | O_TRUNC | O_CREAT}), kRuns);
  EXPECT_EQ(Says("openat", {0, 0, O_PATH}), kRuns);
}

TEST(StaticFilterTest, WhatAnOlderFloorDoesNotBoundFails) {
  EXPECT_EQ(Says("truncate", {}, 2), Fails(EPERM));
  EXPECT_EQ(Says("truncate", {}, 3), kRuns);
  for (const char* name : {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"}) {
    EXPECT_EQ(Says(name, {}, 5), Fails(EPERM)) << name;
    EXPECT_EQ(Says(name, {}, 6), kRuns) << name;
  }
  EXPECT_EQ(Says("openat", {}, 1), kRuns);
}

TEST(RefusingFirstTest, RefusesWhatIsNamedAndChangesNothingElse) {
  const std::string_view calls[] = {"mknodat", "no_such_call", "connect"};
  const auto filter = RefusingFirst(calls, TraceFilter());
  for (const Row& row : Table()) {
    const int nr = seccomp_syscall_resolve_name(std::string(row.name).c_str());
    if (nr < 0) continue;
    const uint32_t before = RunFilter(TraceFilter(), kNativeAuditArch, nr, Args{}, 0);
    const bool named = row.name == "mknodat" || row.name == "connect";
    EXPECT_EQ(RunFilter(filter, kNativeAuditArch, nr, Args{}, 0), named ? Fails(EPERM) : before) << row.name;
  }
}

}  // namespace
}  // namespace usher
