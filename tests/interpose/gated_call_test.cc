// The gate's calls are the table's: numbers and places of arguments, on both architectures.

#include "interpose/gated_call.h"

#include <gtest/gtest.h>
#include <seccomp.h>

#include <string>

#include "supervisor/syscalls/row.h"

namespace usher {
namespace {

TEST(GatedCallTest, TheTableSaysTheSame) {
  const struct {
    Machine machine;
    uint32_t token;
  } machines[] = {{Machine::kX86_64, SCMP_ARCH_X86_64}, {Machine::kAArch64, SCMP_ARCH_AARCH64}};
  for (const auto& [machine, token] : machines) {
    int gated = 0;
    for (const Row& row : Table()) {
      const int nr = seccomp_syscall_resolve_name_arch(token, std::string(row.name).c_str());
      if (nr < 0) continue;
      const auto gate = GateOf(machine, static_cast<uint32_t>(nr));
      ASSERT_EQ(gate.has_value(), row.gate.has_value()) << row.name;
      if (!gate) continue;
      ++gated;
      EXPECT_EQ(gate->flags, row.gate->flags) << row.name;
      EXPECT_EQ(gate->mode, row.gate->mode) << row.name;
      EXPECT_EQ(row.args[gate->flags], ArgRole::kOpenFlags) << row.name;
      EXPECT_EQ(row.args[gate->mode], ArgRole::kMode) << row.name;
    }
    EXPECT_GT(gated, 0);
  }
}

}  // namespace
}  // namespace usher
