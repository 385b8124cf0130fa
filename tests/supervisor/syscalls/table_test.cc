#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <seccomp.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "policies/text.h"
#include "supervisor/syscalls/native.h"
#include "supervisor/syscalls/numbers.h"
#include "supervisor/syscalls/row.h"

namespace usher {
namespace {

using ::testing::IsEmpty;

// Above the highest number that any kernel uses, with room for those to come.
constexpr int kBeyondAllNumbers = 2048;

struct Architecture {
  const char* name;
  uint32_t token;
};
constexpr Architecture kArchitectures[] = {{"x86_64", SCMP_ARCH_X86_64}, {"aarch64", SCMP_ARCH_AARCH64}};

std::string NameOfNumber(uint32_t arch, int nr) {
  const std::unique_ptr<char, decltype(&std::free)> name(seccomp_syscall_resolve_num_arch(arch, nr), &std::free);
  return name == nullptr ? std::string() : name.get();
}

TEST(TableTest, NoNameStandsTwice) {
  std::set<std::string_view> seen;
  for (const Row& row : Table()) EXPECT_TRUE(seen.insert(row.name).second) << row.name << " has two rows";
}

TEST(TableTest, EveryCallOfBothArchitecturesIsClassed) {
  std::set<std::string, std::less<>> known;
  for (const Row& row : Table()) known.emplace(row.name);
  for (const Architecture& arch : kArchitectures) {
    SCOPED_TRACE(arch.name);
    std::vector<std::string> missing;
    int found = 0;
    for (int nr = 0; nr < kBeyondAllNumbers; ++nr) {
      const std::string name = NameOfNumber(arch.token, nr);
      if (name.empty()) continue;
      ++found;
      if (!known.contains(name)) missing.push_back(name);
    }
    EXPECT_GT(found, 250);
    EXPECT_THAT(missing, IsEmpty()) << "the filter answers these with ENOSYS and nobody wrote down why";
  }
}

// A name with a slip of the pen would be skipped on every architecture, and its call left to the default.
TEST(TableTest, EveryNameThatHasANumberHasItsOwn) {
  for (const Architecture& arch : kArchitectures) {
    std::set<int> numbers;
    for (const Row& row : Table()) {
      const int nr = seccomp_syscall_resolve_name_arch(arch.token, std::string(row.name).c_str());
      if (nr >= 0) {
        EXPECT_TRUE(numbers.insert(nr).second) << row.name << " is another row's call";
      }
    }
  }
}

TEST(TableTest, EveryContinueSaysWhyItIsSafe) {
  int continued = 0;
  for (const Row& row : Table()) {
    EXPECT_EQ(row.allow_by == AllowBy::kContinue, !row.continue_reason.empty()) << row.name;
    continued += row.allow_by == AllowBy::kContinue ? 1 : 0;
  }
  EXPECT_GT(continued, 10);
}

// The roles of which memory is read. A call with one of these is not for the kernel to read again.
bool ReadsMemory(ArgRole role) {
  switch (role) {
    case ArgRole::kPath:
    case ArgRole::kLinkPath:
    case ArgRole::kNewName:
    case ArgRole::kText:
    case ArgRole::kTimespecs:
    case ArgRole::kTimevals:
    case ArgRole::kUtimbuf:
    case ArgRole::kXattrName:
    case ArgRole::kXattrValue:
    case ArgRole::kArgv:
    case ArgRole::kLinger:
    case ArgRole::kSignalInfo:
    case ArgRole::kSocketAddress:
    case ArgRole::kBuffer:
    case ArgRole::kMessage:
    case ArgRole::kMessages:
      return true;
    default:
      return false;
  }
}

TEST(TableTest, WhatIsContinuedIsJudgedByRegistersAlone) {
  for (const Row& row : Table()) {
    if (row.allow_by != AllowBy::kContinue) continue;
    for (const ArgRole role : row.args) EXPECT_FALSE(ReadsMemory(role)) << row.name;
  }
}

TEST(TableTest, TreatmentsAreWhole) {
  for (const Row& row : Table()) {
    SCOPED_TRACE(row.name);
    bool mediates = row.treatment == Treatment::kMediated;
    for (const ArgTest& test : row.tests) {
      EXPECT_LT(test.arg, 6);
      EXPECT_TRUE(test.with_arg < 6 || test.with_arg == ArgTest::kAlone);
      EXPECT_NE(test.with_arg, test.arg);
      mediates |= test.then == Treatment::kMediated;
      if (test.compare == ArgTest::Compare::kEqual) {
        EXPECT_EQ(test.value & ~test.mask, 0u) << "can never be equal";
      }
      if (test.compare == ArgTest::Compare::kAnyBit) {
        EXPECT_NE(test.value, 0u) << "can never be true";
      }
    }
    // Whoever is held can be answered, and whoever has an answer can be held.
    EXPECT_EQ(mediates, row.allow_by != AllowBy::kNothing);
    if (row.treatment == Treatment::kRefused) {
      EXPECT_GT(row.error, 0);
    }
    if (row.treatment == Treatment::kRefused) {
      EXPECT_FALSE(row.note.empty()) << "refused, and nobody wrote down why";
    }
  }
}

TEST(RowByNumberTest, FindsWhatIsMediatedAndNothingElse) {
  const RowByNumber rows;
  ASSERT_NE(rows.Find(seccomp_syscall_resolve_name("openat")), nullptr);
  EXPECT_EQ(rows.Find(seccomp_syscall_resolve_name("openat"))->name, "openat");
  for (const std::string_view native : kNativeCalls) {
    const int nr = seccomp_syscall_resolve_name(std::string(native).c_str());
    if (nr >= 0) {
      EXPECT_EQ(rows.Find(nr), nullptr) << native;
    }
  }
  EXPECT_EQ(rows.Find(seccomp_syscall_resolve_name("io_uring_setup")), nullptr);
  EXPECT_EQ(rows.Find(-1), nullptr);
  EXPECT_EQ(rows.Find(INT32_MIN), nullptr);
  EXPECT_EQ(rows.Find(INT32_MAX), nullptr);
}

// The monitor does not ask whether the caller of such a call still waits: what the kernel does, it does for whoever waits.
TEST(TableTest, WhatRegistersSayIsDoneByTheKernel) {
  int rows = 0;
  for (const Row& row : Table()) {
    if (row.allow_by == AllowBy::kNothing || !SaidByRegisters(row)) continue;
    EXPECT_EQ(row.allow_by, AllowBy::kContinue) << row.name;
    ++rows;
  }
  EXPECT_GT(rows, 5);
}

}  // namespace
}  // namespace usher
