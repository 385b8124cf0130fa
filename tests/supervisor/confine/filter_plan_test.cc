#include "supervisor/confine/filter_plan.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/f2fs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/msdos_fs.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "policies/text.h"
#include "supervisor/confine/filter.h"
#include "supervisor/syscalls/native.h"
#include "tests/supervisor/confine/same_program.h"

namespace usher {
namespace {

using ::testing::IsEmpty;
using Args = std::array<uint64_t, 6>;

constexpr int kBeyondAllNumbers = 2048;  // with room for those to come
constexpr uint64_t kJunk = 0xdeadbeef00000000;  // in the upper half, where the kernel takes 32 bits
constexpr uint32_t kHeld = SECCOMP_RET_USER_NOTIF;
constexpr uint32_t kNative = SECCOMP_RET_ALLOW;
constexpr uint32_t Errno(int error) { return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error); }

class FilterPlanTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  FilterPlanTest() {
    auto program = PlanFilter(Table(), GetParam(), kHeld);
    EXPECT_TRUE(program.ok()) << program.status();
    if (program.ok()) program_ = *std::move(program);
  }
  static int NumberOf(std::string_view name) {
    return seccomp_syscall_resolve_name_arch(GetParam(), std::string(name).c_str());
  }
  // Whether this architecture has the call at all: arm64 lacks open, rename and others.
  static bool Has(std::string_view name) { return NumberOf(name) >= 0; }
  uint32_t Run(uint32_t arch, int32_t nr, Args args = {}) const { return RunFilter(program_, arch, nr, args, 0); }
  uint32_t Says(std::string_view name, Args args = {}) const {
    EXPECT_TRUE(Has(name)) << name;
    return Run(GetParam(), NumberOf(name), args);
  }

  std::vector<sock_filter> program_;
};

TEST_P(FilterPlanTest, FitsIntoTheKernel) {
  EXPECT_LT(program_.size(), static_cast<size_t>(BPF_MAXINSNS));
  EXPECT_GT(program_.size(), 300u);
}

TEST_P(FilterPlanTest, EveryOtherArchitectureIsKilled) {
  const int write = NumberOf("write");
  EXPECT_EQ(Run(GetParam(), write), kNative);
  constexpr uint32_t kOthers[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0, ~0u};
  for (const uint32_t arch : kOthers) {
    if (arch == GetParam()) continue;
    for (int nr = 0; nr < kBeyondAllNumbers; ++nr) ASSERT_EQ(Run(arch, nr), SECCOMP_RET_KILL_PROCESS) << arch << " " << nr;
  }
}

TEST_P(FilterPlanTest, X32IsKilled) {
  if (GetParam() != AUDIT_ARCH_X86_64) return;
  for (int nr = 0; nr < kBeyondAllNumbers; ++nr) ASSERT_EQ(Run(GetParam(), 0x40000000 | nr), SECCOMP_RET_KILL_PROCESS) << nr;
  EXPECT_EQ(Run(GetParam(), INT32_MIN), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Run(GetParam(), -2), SECCOMP_RET_KILL_PROCESS);
}

// A debugger skips a call by putting -1 in its place (strace --inject): that must not end the program.
TEST_P(FilterPlanTest, ACallThatADebuggerSkipsIsOnlyMissing) { EXPECT_EQ(Run(GetParam(), -1), Errno(ENOSYS)); }

TEST_P(FilterPlanTest, UnknownNumbersAreMissing) {
  for (int nr = 0; nr < 5000; ++nr) {
    char* name = seccomp_syscall_resolve_num_arch(GetParam(), nr);
    const bool known = name != nullptr;
    free(name);
    if (known) continue;
    ASSERT_EQ(Run(GetParam(), nr), Errno(ENOSYS)) << nr;
  }
  EXPECT_EQ(Run(GetParam(), 0x3fffffff), Errno(ENOSYS));
}

TEST_P(FilterPlanTest, WhatHasNoRowIsMissing) {
  std::set<int> rows;
  for (const Row& row : Table()) {
    if (Has(row.name)) rows.insert(NumberOf(row.name));
  }
  EXPECT_GT(rows.size(), 250u);
  for (int nr = 0; nr < kBeyondAllNumbers; ++nr) {
    if (rows.contains(nr)) continue;
    for (const uint64_t value : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}, kJunk}) {
      Args args;
      args.fill(value);
      ASSERT_EQ(Run(GetParam(), nr, args), Errno(ENOSYS)) << nr;
    }
  }
}

// Calls up to Linux 7.0 that libseccomp 2.5.4 has not heard of.
struct Newer {
  std::string_view name;
  int nr;         // on both architectures
  bool everywhere = true;  // or on x86-64 alone
};
constexpr Newer kNewerCalls[] = {
    {"uretprobe", 335, false},
    {"uprobe", 336, false},
    {"cachestat", 451},
    {"fchmodat2", 452},
    {"map_shadow_stack", 453},
    {"futex_wake", 454},
    {"futex_wait", 455},
    {"futex_requeue", 456},
    {"statmount", 457},
    {"listmount", 458},
    {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461},
    {"mseal", 462},
    {"setxattrat", 463},
    {"getxattrat", 464},
    {"listxattrat", 465},
    {"removexattrat", 466},
    {"open_tree_attr", 467},
    {"file_getattr", 468},
    {"file_setattr", 469},
    {"listns", 470},
    {"rseq_slice_yield", 471},
};

// The row takes effect with a libseccomp that knows the number; until then the call is missing.
TEST_P(FilterPlanTest, NewerCallsHaveRowsAndAreMissingUntilTheirNumbersAreKnown) {
  for (const Newer& call : kNewerCalls) {
    if (!call.everywhere && GetParam() != AUDIT_ARCH_X86_64) continue;
    const auto row = std::find_if(Table().begin(), Table().end(), [&](const Row& r) { return r.name == call.name; });
    ASSERT_NE(row, Table().end()) << call.name << " has no row";
    if (Has(call.name)) {
      EXPECT_EQ(NumberOf(call.name), call.nr) << call.name;
    } else {
      EXPECT_EQ(Run(GetParam(), call.nr), Errno(ENOSYS)) << call.name;
    }
  }
}

// A slip of the pen in a name would leave its call to the default, on every architecture.
TEST(FilterPlanNamesTest, EveryNameIsSomebodysCall) {
  for (const Row& row : Table()) {
    const std::string name(row.name);
    const bool newer = std::any_of(std::begin(kNewerCalls), std::end(kNewerCalls),
                                   [&](const Newer& call) { return call.name == name; });
    EXPECT_TRUE(newer || seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR) << name;
  }
}

// What a row says of a call, in plain words, against what the program does.
uint32_t RowSays(const Row& row, const Args& args) {
  const auto action = [](Treatment treatment, int error) {
    return treatment == Treatment::kNative ? kNative : treatment == Treatment::kMediated ? kHeld : Errno(error);
  };
  for (const ArgTest& test : row.tests) {
    const auto low = static_cast<uint32_t>(args[test.arg]);
    if (test.wide && args[test.arg] >> 32 != 0) continue;
    if (test.with_arg != ArgTest::kAlone && static_cast<uint32_t>(args[test.with_arg]) != test.with_value) continue;
    const bool hit =
        test.compare == ArgTest::Compare::kEqual ? (low & test.mask) == test.value : (low & test.value) != 0;
    if (hit) return action(test.then, test.error);
  }
  return action(row.treatment, row.error);
}

TEST_P(FilterPlanTest, EveryRowIsTreatedAsItSays) {
  int seen = 0;
  for (const Row& row : Table()) {
    if (!Has(row.name)) continue;
    ++seen;
    std::vector<uint64_t> values = {0, 1, ~uint64_t{0}, kJunk, 0x7fffffff};
    for (const ArgTest& test : row.tests) {
      values.insert(values.end(),
                    {test.value, test.value | kJunk, test.value + 1ull, test.value & (~test.value + 1ull)});
    }
    for (const uint64_t value : values) {
      Args all;
      all.fill(value);
      EXPECT_EQ(Says(row.name, all), RowSays(row, all)) << row.name << " of " << value;
      for (const ArgTest& test : row.tests) {
        Args one{};
        one[test.arg] = value;
        EXPECT_EQ(Says(row.name, one), RowSays(row, one)) << row.name << " of " << value;
        if (test.with_arg == ArgTest::kAlone) continue;
        for (const uint64_t with : {uint64_t{test.with_value}, test.with_value | kJunk, test.with_value + uint64_t{1}}) {
          one[test.with_arg] = with;
          EXPECT_EQ(Says(row.name, one), RowSays(row, one)) << row.name << " of " << value << " with " << with;
        }
      }
    }
  }
  EXPECT_GT(seen, 250);
}

// From the other end: no number that libseccomp has for a call of the table is treated as if it had no row.
TEST_P(FilterPlanTest, NoRowIsLostOnTheWayToItsNumber) {
  int seen = 0;
  for (int nr = 0; nr < kBeyondAllNumbers; ++nr) {
    char* const known = seccomp_syscall_resolve_num_arch(GetParam(), nr);
    const std::string name = known == nullptr ? "" : known;
    free(known);
    const auto row = std::find_if(Table().begin(), Table().end(), [&](const Row& r) { return r.name == name; });
    if (row == Table().end()) continue;
    ++seen;
    EXPECT_EQ(Run(GetParam(), nr), RowSays(*row, Args{})) << name;
    const bool stays_missing = row->treatment == Treatment::kRefused && row->error == ENOSYS;
    if (!stays_missing) {
      EXPECT_NE(Run(GetParam(), nr), Errno(ENOSYS)) << name;
    }
  }
  EXPECT_GT(seen, 250);
}

// ---- rows with tests, by what they are for ----

struct PlanCase {
  const char* call;
  Args args;
  uint32_t says;
};

TEST_P(FilterPlanTest, Arguments) {
  const uint64_t self = 0;
  const PlanCase cases[] = {
      {"openat", {0, 0, O_RDONLY}, kHeld},
      {"openat", {0, 0, O_PATH}, kNative},
      {"openat", {0, 0, kJunk | O_PATH | O_CLOEXEC}, kNative},
      {"openat", {0, 0, static_cast<uint64_t>(O_PATH) << 32}, kHeld},
      {"openat", {O_PATH, O_PATH, O_RDWR}, kHeld},
      {"open", {0, O_PATH}, kNative},
      {"open", {O_PATH, O_CREAT, O_PATH}, kHeld},
      {"creat", {0, O_PATH}, kHeld},
      {"execve", {}, kHeld},

      {"ioctl", {1, TIOCSTI}, Errno(EPERM)},
      {"ioctl", {1, kJunk | TIOCSTI}, Errno(EPERM)},
      {"ioctl", {1, TIOCLINUX}, Errno(EPERM)},
      {"ioctl", {1, kJunk | TIOCSETD}, Errno(EPERM)},
      {"ioctl", {1, SIOCSPGRP}, Errno(EPERM)},
      {"ioctl", {1, kJunk | FIOSETOWN}, Errno(EPERM)},
      {"ioctl", {1, TIOCGWINSZ}, kNative},
      {"ioctl", {TIOCSTI, TCGETS, TIOCSTI}, kNative},
      {"ioctl", {1, FICLONE}, kNative},
      {"ioctl", {1, FS_IOC_GETFLAGS}, kNative},
      {"ioctl", {1, FS_IOC_GETVERSION}, kNative},
      {"ioctl", {1, FS_IOC_FIEMAP}, kNative},
      {"ioctl", {1, FS_IOC_FSGETXATTR}, kNative},
      {"ioctl", {1, FS_IOC_GET_ENCRYPTION_POLICY}, kNative},
      {"ioctl", {1, FS_IOC_MEASURE_VERITY}, kNative},
      {"ioctl", {1, FAT_IOCTL_GET_ATTRIBUTES}, kNative},
      {"ioctl", {1, kJunk | FS_IOC_SETFLAGS}, Errno(EOPNOTSUPP)},
      {"ioctl", {1, FS_IOC32_SETFLAGS}, Errno(EOPNOTSUPP)},
      {"ioctl", {1, FS_IOC_SETVERSION}, Errno(EOPNOTSUPP)},
      {"ioctl", {1, FS_IOC32_SETVERSION}, Errno(EOPNOTSUPP)},
      {"ioctl", {1, FS_IOC_FSSETXATTR}, Errno(EOPNOTSUPP)},
      {"ioctl", {1, FAT_IOCTL_SET_ATTRIBUTES}, Errno(EOPNOTSUPP)},
      {"ioctl", {1, kJunk | _IO('f', 9)}, Errno(EOPNOTSUPP)},      // EXT4_IOC_MIGRATE
      {"ioctl", {1, _IOW('f', 16, uint64_t)}, Errno(EOPNOTSUPP)},  // EXT4_IOC_RESIZE_FS
      {"ioctl", {1, F2FS_IOC_SET_PIN_FILE}, Errno(ENOTTY)},
      {"ioctl", {1, FS_IOC_ENABLE_VERITY}, Errno(EOPNOTSUPP)},
      {"ioctl", {1, FS_IOC_SET_ENCRYPTION_POLICY}, Errno(EOPNOTSUPP)},

      {"clone", {SIGCHLD}, kNative},
      {"clone", {CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD}, kNative},
      {"clone", {CLONE_NEWUSER | SIGCHLD}, Errno(EPERM)},
      {"clone", {CLONE_NEWNS}, Errno(EPERM)},
      {"clone", {kJunk | CLONE_NEWPID}, Errno(EPERM)},
      {"clone", {CLONE_UNTRACED | SIGCHLD}, Errno(EPERM)},
      {"clone", {CLONE_PTRACE | SIGCHLD}, Errno(EPERM)},
      {"clone", {CLONE_NEWTIME | SIGCHLD}, kNative},  // a part of the signal
      {"clone3", {}, Errno(ENOSYS)},
      {"unshare", {CLONE_FILES | CLONE_FS}, kNative},
      {"unshare", {CLONE_NEWUSER}, Errno(EPERM)},
      {"unshare", {CLONE_NEWTIME}, Errno(EPERM)},

      {"prctl", {PR_SET_DUMPABLE, 0}, Errno(0)},
      {"prctl", {kJunk | PR_SET_DUMPABLE, 1}, Errno(0)},
      {"prctl", {PR_GET_DUMPABLE}, kNative},
      {"prctl", {PR_SET_NAME}, kNative},
      {"prctl", {PR_SET_MM, 1}, Errno(EPERM)},
      {"prctl", {kJunk | PR_SET_SYSCALL_USER_DISPATCH, 1}, Errno(EINVAL)},

      {"socket", {AF_UNIX, SOCK_STREAM}, kNative},
      {"socket", {AF_INET, SOCK_STREAM}, kHeld},
      {"socket", {kJunk | AF_INET6, SOCK_DGRAM}, kHeld},
      {"socket", {AF_NETLINK, SOCK_RAW}, kHeld},
      {"socket", {AF_PACKET, SOCK_RAW}, Errno(EAFNOSUPPORT)},
      {"socket", {AF_VSOCK, SOCK_STREAM}, Errno(EAFNOSUPPORT)},
      {"socket", {AF_ALG, SOCK_SEQPACKET}, Errno(EAFNOSUPPORT)},
      {"socket", {static_cast<uint64_t>(AF_UNIX) << 32, SOCK_STREAM}, Errno(EAFNOSUPPORT)},

      {"sendto", {3, 1, 5, 0, 0, 0}, kNative},
      {"sendto", {3, 1, 5, 0, 1, 16}, kHeld},
      {"sendto", {3, 1, 5, 0, uint64_t{1} << 32, 16}, kHeld},
      {"sendto", {3, 1, 5, MSG_FASTOPEN, 0, 0}, Errno(EOPNOTSUPP)},
      {"sendto", {3, 1, 5, kJunk | MSG_FASTOPEN, 1, 16}, Errno(EOPNOTSUPP)},
      {"sendmsg", {3, 1, 0}, kHeld},
      {"sendmsg", {3, 1, MSG_FASTOPEN}, Errno(EOPNOTSUPP)},
      {"sendmmsg", {3, 1, 2, MSG_FASTOPEN}, Errno(EOPNOTSUPP)},
      {"sendmmsg", {3, 1, MSG_FASTOPEN, 0}, kHeld},
      {"setsockopt", {3, SOL_SOCKET, SO_REUSEADDR}, kNative},
      {"setsockopt", {3, IPPROTO_TCP, 1}, kNative},
      {"setsockopt", {3, IPPROTO_TCP, kJunk | 30}, Errno(EOPNOTSUPP)},
      {"setsockopt", {3, SOL_SOCKET, 30}, kNative},  // another level's number
      {"setsockopt", {3, kJunk | SOL_SOCKET, kJunk | 60 /* SO_ZEROCOPY */}, Errno(EOPNOTSUPP)},
      {"setsockopt", {3, SOL_SOCKET, 76 /* SO_PASSPIDFD */}, Errno(ENOPROTOOPT)},
      {"setsockopt", {3, SOL_SOCKET, SO_PASSCRED}, kNative},
      {"setsockopt", {3, SOL_SOCKET, SO_BINDTODEVICE}, Errno(EPERM)},
      {"setsockopt", {3, SOL_SOCKET, SO_ATTACH_FILTER}, kNative},
      {"setsockopt", {3, SOL_SOCKET, SO_LINGER}, kHeld},
      {"setsockopt", {3, IPPROTO_IP, SO_LINGER}, kNative},
      {"setsockopt", {3, IPPROTO_IP, IP_OPTIONS}, Errno(EPERM)},
      {"setsockopt", {3, IPPROTO_IP, IP_TOS}, kNative},
      {"setsockopt", {3, IPPROTO_IP, IPV6_RTHDR}, kNative},
      {"setsockopt", {3, IPPROTO_IPV6, kJunk | IPV6_RTHDR}, Errno(EPERM)},
      {"setsockopt", {3, IPPROTO_IPV6, 32 /* IPV6_FLOWLABEL_MGR */}, Errno(EPERM)},
      {"setsockopt", {3, IPPROTO_IPV6, IPV6_V6ONLY}, kNative},
      {"setsockopt", {3, IPPROTO_TCP, 31 /* TCP_ULP */}, Errno(ENOENT)},
      {"getsockopt", {3, SOL_SOCKET, kJunk | 77 /* SO_PEERPIDFD */}, Errno(ENOPROTOOPT)},
      {"getsockopt", {3, SOL_SOCKET, SO_PEERCRED}, kNative},
      {"getsockopt", {3, IPPROTO_TCP, 77}, kNative},
      {"socketpair", {AF_UNIX, SOCK_STREAM}, kNative},
      {"socketpair", {30 /* AF_TIPC */, SOCK_STREAM}, Errno(EAFNOSUPPORT)},
      {"socketpair", {AF_INET, SOCK_STREAM}, Errno(EAFNOSUPPORT)},

      {"kill", {self}, kHeld},
      {"pidfd_send_signal", {3, 9, 0, kJunk}, kHeld},
      {"pidfd_send_signal", {3, 9, 0, 4 /* PIDFD_SIGNAL_PROCESS_GROUP */}, Errno(EINVAL)},
      {"prlimit64", {self}, kNative},
      {"prlimit64", {kJunk | self}, kNative},
      {"prlimit64", {7}, kHeld},
      {"sched_setaffinity", {self}, kNative},
      {"sched_setaffinity", {7}, kHeld},
      {"setpriority", {0, self}, kHeld},  // may mean every process of the user
      {"fcntl", {3, F_GETFL}, kNative},
      {"fcntl", {3, kJunk | F_SETOWN, 7}, kHeld},
      {"fcntl", {3, F_SETOWN_EX, 7}, Errno(EPERM)},

      {"personality", {0xffffffff}, kNative},
      {"personality", {0}, kNative},
      {"personality", {ADDR_NO_RANDOMIZE}, kNative},
      {"personality", {READ_IMPLIES_EXEC}, Errno(EPERM)},
      {"seccomp", {SECCOMP_SET_MODE_FILTER, 0}, kNative},
      {"seccomp", {SECCOMP_SET_MODE_FILTER, kJunk | SECCOMP_FILTER_FLAG_NEW_LISTENER}, Errno(EBUSY)},
      {"io_uring_setup", {}, Errno(ENOSYS)},
      {"openat2", {}, Errno(ENOSYS)},
      {"landlock_create_ruleset", {0, 0, 1}, Errno(EOPNOTSUPP)},
      {"landlock_restrict_self", {}, Errno(EOPNOTSUPP)},
  };
  int tried = 0;
  for (const PlanCase& c : cases) {
    if (!Has(c.call)) continue;
    ++tried;
    EXPECT_EQ(Says(c.call, c.args), c.says) << c.call << " of " << ::testing::PrintToString(c.args);
  }
  EXPECT_GT(tried, 60);
}

// ---- the kernel's cache of calls that are always allowed ----

// As seccomp_is_const_allow() of kernel/seccomp.c: a filter that looks at nothing but number and architecture before it
// allows. Any other load, or a step it does not follow, and the call is not cached.
bool IsConstantAllow(const std::vector<sock_filter>& program, uint32_t arch, int nr) {
  uint32_t accumulator = 0;
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& step = program[pc];
    bool taken = false;
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (step.k == offsetof(seccomp_data, nr)) {
          accumulator = static_cast<uint32_t>(nr);
        } else if (step.k == offsetof(seccomp_data, arch)) {
          accumulator = arch;
        } else {
          return false;
        }
        continue;
      case BPF_RET | BPF_K:
        return step.k == SECCOMP_RET_ALLOW;
      case BPF_JMP | BPF_JA:
        pc += step.k;
        continue;
      case BPF_JMP | BPF_JEQ | BPF_K:
        taken = accumulator == step.k;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        taken = accumulator >= step.k;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        taken = accumulator > step.k;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        taken = (accumulator & step.k) != 0;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        continue;
      default:
        return false;
    }
    pc += taken ? step.jt : step.jf;
  }
  return false;
}

TEST_P(FilterPlanTest, TheKernelCachesEveryNativeCall) {
  std::vector<std::string> not_cached;
  int cached = 0;
  for (const std::string_view name : kNativeCalls) {
    if (!Has(name)) continue;
    if (IsConstantAllow(program_, GetParam(), NumberOf(name))) {
      ++cached;
    } else {
      not_cached.emplace_back(name);
    }
  }
  EXPECT_THAT(not_cached, IsEmpty());
  EXPECT_GT(cached, 150);
  // And the checker can tell: a call whose arguments count is not cached.
  EXPECT_FALSE(IsConstantAllow(program_, GetParam(), NumberOf("ioctl")));
  EXPECT_FALSE(IsConstantAllow(program_, GetParam(), NumberOf("openat")));
}

// ---- the program as such ----

TEST_P(FilterPlanTest, NoJumpLeavesTheProgram) {
  for (size_t pc = 0; pc < program_.size(); ++pc) {
    const sock_filter& step = program_[pc];
    if (BPF_CLASS(step.code) != BPF_JMP) continue;
    const size_t farthest = BPF_OP(step.code) == BPF_JA ? step.k : std::max(step.jt, step.jf);
    EXPECT_LT(pc + 1 + farthest, program_.size()) << pc;
  }
  EXPECT_EQ(program_.back().code, BPF_RET | BPF_K);
}

TEST_P(FilterPlanTest, TheTracersFilterDiffersInTheAnswerAlone) {
  const auto traced = PlanFilter(Table(), GetParam(), SECCOMP_RET_TRACE);
  ASSERT_TRUE(traced.ok());
  for (const Row& row : Table()) {
    if (!Has(row.name)) continue;
    const uint32_t held = Says(row.name);
    const uint32_t stopped = RunFilter(*traced, GetParam(), NumberOf(row.name), Args{}, 0);
    EXPECT_EQ(stopped, held == kHeld ? SECCOMP_RET_TRACE : held) << row.name;
  }
}

TEST_P(FilterPlanTest, TheBuildMadeTheSameProgram) {
  if (GetParam() != seccomp_arch_native()) return;
  ExpectSameProgram(NotifyFilter(), program_);
}

INSTANTIATE_TEST_SUITE_P(Architectures, FilterPlanTest, ::testing::Values(SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64),
                         [](const auto& arch) { return arch.param == SCMP_ARCH_X86_64 ? "x86_64" : "aarch64"; });

// A row with more tests than a jump can cross is said to be one, rather than cut.
TEST(FilterPlanLimitsTest, TooManyTestsAreAnError) {
  const std::vector<ArgTest> tests(100, ArgTest{.arg = 0, .value = 1});
  const Row row{.name = "ioctl", .treatment = Treatment::kNative, .tests = tests};
  EXPECT_FALSE(PlanFilter({&row, 1}, SCMP_ARCH_X86_64, kHeld).ok());
  const Row fewer{.name = "ioctl", .treatment = Treatment::kNative, .tests = std::span(tests).first(50)};
  EXPECT_TRUE(PlanFilter({&fewer, 1}, SCMP_ARCH_X86_64, kHeld).ok());
}

TEST(RunFilterTest, WhatItDoesNotKnowKills) {
  const sock_filter odd[] = {{BPF_LD | BPF_IMM, 0, 0, 1}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  EXPECT_EQ(RunFilter(odd, AUDIT_ARCH_X86_64, 0, Args{}, 0), SECCOMP_RET_KILL_PROCESS);
  const sock_filter endless[] = {{BPF_JMP | BPF_JA, 0, 0, 7}};
  EXPECT_EQ(RunFilter(endless, AUDIT_ARCH_X86_64, 0, Args{}, 0), SECCOMP_RET_KILL_PROCESS);
}

}  // namespace
}  // namespace usher
