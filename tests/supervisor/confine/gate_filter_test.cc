// The filter of a run with a gate: it lets marked opens that only read into the kernel, and says of all else what the other says.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <array>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "interpose/wire.h"
#include "supervisor/confine/filter.h"
#include "supervisor/confine/filter_plan.h"
#include "tests/supervisor/confine/same_program.h"

namespace usher {
namespace {

using Args = std::array<uint64_t, 6>;
constexpr uint64_t kMarked = uint64_t{kGateMark} << 32;

class GateFilterTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  static std::vector<sock_filter> Plan(MarkedOpens marked) {
    auto program = PlanFilter(Table(), GetParam(), SECCOMP_RET_USER_NOTIF, marked);
    EXPECT_TRUE(program.ok()) << program.status();
    return program.ok() ? *std::move(program) : std::vector<sock_filter>{};
  }
  static int NumberOf(std::string_view name) {
    return seccomp_syscall_resolve_name_arch(GetParam(), std::string(name).c_str());
  }
  uint32_t Says(std::string_view name, Args args) const { return RunFilter(gated_, GetParam(), NumberOf(name), args, 0); }
  // AArch64 has no such call: there is nothing to let in.
  uint32_t SaysOfOpen(Args args) const { return NumberOf("open") < 0 ? SECCOMP_RET_USER_NOTIF : Says("open", args); }

  const std::vector<sock_filter> gated_ = Plan(MarkedOpens::kNative);
  const std::vector<sock_filter> plain_ = Plan(MarkedOpens::kMediated);
};

TEST_P(GateFilterTest, AMarkedOpenThatOnlyReadsIsNative) {
  for (const uint64_t flags : {O_RDONLY, O_RDONLY | O_CLOEXEC, O_RDONLY | O_DIRECTORY | O_NONBLOCK, O_RDONLY | O_NOFOLLOW}) {
    EXPECT_EQ(Says("openat", {0, 0, flags, kMarked}), SECCOMP_RET_ALLOW) << flags;
    EXPECT_EQ(Says("openat", {0, 0, flags, 0}), SECCOMP_RET_USER_NOTIF) << flags;
    EXPECT_EQ(Says("openat", {0, 0, flags | 0xdeadbeef00000000, kMarked | 0666}), SECCOMP_RET_ALLOW) << "as the kernel reads it";
    if (NumberOf("open") >= 0) {
      EXPECT_EQ(SaysOfOpen({0, flags, kMarked}), SECCOMP_RET_ALLOW) << flags;
    }
    EXPECT_EQ(SaysOfOpen({0, flags, 0}), SECCOMP_RET_USER_NOTIF) << flags;
  }
}

TEST_P(GateFilterTest, WhatDoesMoreThanReadIsHeldWithTheMarkToo) {
  for (const uint64_t flags : {O_WRONLY, O_RDWR, O_ACCMODE, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC, O_RDWR | O_TMPFILE,
                               O_RDONLY | O_TMPFILE, O_RDONLY | O_CREAT | O_EXCL}) {
    EXPECT_EQ(Says("openat", {0, 0, flags, kMarked}), SECCOMP_RET_USER_NOTIF) << flags;
    EXPECT_EQ(SaysOfOpen({0, flags, kMarked}), SECCOMP_RET_USER_NOTIF) << flags;
  }
}

TEST_P(GateFilterTest, NothingButTheWholeMarkCounts) {
  for (const uint64_t mode : {uint64_t{kGateMark}, kMarked >> 1, kMarked << 1, kMarked | (uint64_t{1} << 63),
                              kMarked ^ (uint64_t{1} << 40), kMarked | (uint64_t{1} << 32), ~uint64_t{0}}) {
    EXPECT_EQ(Says("openat", {0, 0, O_RDONLY, mode}), SECCOMP_RET_USER_NOTIF) << std::hex << mode;
  }
  EXPECT_EQ(Says("openat", {kMarked, kMarked, kMarked, 0, kMarked, kMarked}), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(SaysOfOpen({kMarked, kMarked, 0, kMarked, kMarked, kMarked}), SECCOMP_RET_USER_NOTIF);
}

TEST_P(GateFilterTest, OfEveryOtherCallBothFiltersSayTheSame) {
  for (int nr = 0; nr < 600; ++nr) {
    for (const uint64_t value : {uint64_t{0}, kMarked, ~uint64_t{0}}) {
      Args args;
      args.fill(value);
      ASSERT_EQ(RunFilter(gated_, GetParam(), nr, args, 0) == SECCOMP_RET_ALLOW,
                RunFilter(plain_, GetParam(), nr, args, 0) == SECCOMP_RET_ALLOW ||
                    (value == kMarked && (nr == NumberOf("openat") || nr == NumberOf("open"))))
          << nr << " " << value;
    }
  }
}

// What the kernel finds out when a filter is installed (seccomp_is_const_allow, Linux 5.11): a call that is allowed by its
// number alone skips the filter from then on.
bool KernelCaches(const std::vector<sock_filter>& program, uint32_t arch, int nr) {
  uint32_t accumulator = 0;
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& step = program[pc];
    const auto branch = [&](bool taken) { pc += taken ? step.jt : step.jf; };
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (step.k == offsetof(seccomp_data, nr)) accumulator = static_cast<uint32_t>(nr);
        else if (step.k == offsetof(seccomp_data, arch)) accumulator = arch;
        else return false;
        break;
      case BPF_JMP | BPF_JA: pc += step.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: branch(accumulator == step.k); break;
      case BPF_JMP | BPF_JGE | BPF_K: branch(accumulator >= step.k); break;
      case BPF_JMP | BPF_JGT | BPF_K: branch(accumulator > step.k); break;
      case BPF_JMP | BPF_JSET | BPF_K: branch((accumulator & step.k) != 0); break;
      case BPF_RET | BPF_K: return step.k == SECCOMP_RET_ALLOW;
      default: return false;
    }
  }
  return false;
}

TEST_P(GateFilterTest, EveryCallThatTheKernelCachesWithoutTheGateItCachesWithIt) {
  int cached = 0;
  for (int nr = 0; nr < 600; ++nr) {
    const bool without = KernelCaches(plain_, GetParam(), nr);
    EXPECT_EQ(KernelCaches(gated_, GetParam(), nr), without) << nr;
    cached += without ? 1 : 0;
  }
  EXPECT_GT(cached, 100);
  EXPECT_TRUE(KernelCaches(gated_, GetParam(), NumberOf("read")));
  EXPECT_FALSE(KernelCaches(gated_, GetParam(), NumberOf("openat")));
}

TEST_P(GateFilterTest, TheBuildMadeTheSameProgram) {
  if (GetParam() != seccomp_arch_native()) return;
  ExpectSameProgram(GatedFilter(), gated_);
}

INSTANTIATE_TEST_SUITE_P(Architectures, GateFilterTest, ::testing::Values(SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64),
                         [](const auto& arch) { return arch.param == SCMP_ARCH_X86_64 ? "x86_64" : "aarch64"; });

}  // namespace
}  // namespace usher
