#include "supervisor/confine/filter_plan.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

constexpr uint32_t kX32Bit = 0x40000000;
constexpr uint32_t kNoCall =
    ~0u;  // what a debugger puts in place of a call that it skips (ptrace(2)): not x32, just ENOSYS

sock_filter Statement(uint16_t code, uint32_t k) { return {code, 0, 0, k}; }
sock_filter Load(size_t offset) { return Statement(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
sock_filter Return(uint32_t action) { return Statement(BPF_RET | BPF_K, action); }
sock_filter Jump(uint16_t test, uint32_t k, uint8_t if_true, uint8_t if_false) {
  return {static_cast<uint16_t>(BPF_JMP | test | BPF_K), if_true, if_false, k};
}

size_t LowHalf(uint8_t arg) { return offsetof(seccomp_data, args) + arg * sizeof(uint64_t); }  // little endian only
size_t HighHalf(uint8_t arg) { return LowHalf(arg) + sizeof(uint32_t); }

uint32_t Action(Treatment treatment, int error, uint32_t mediate) {
  switch (treatment) {
    case Treatment::kNative:
      return SECCOMP_RET_ALLOW;
    case Treatment::kMediated:
      return mediate;
    case Treatment::kRefused:
      return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error);
  }
  return SECCOMP_RET_KILL_PROCESS;
}

void AppendTest(const ArgTest& test, uint32_t mediate, std::vector<sock_filter>& program) {
  std::vector<sock_filter> block;  // built from its end: each condition before jumps past all that is there already
  block.push_back(Load(LowHalf(test.arg)));
  if (test.compare == ArgTest::Compare::kEqual) {
    if (test.mask != ~0u) block.push_back(Statement(BPF_ALU | BPF_AND | BPF_K, test.mask));
    block.push_back(Jump(BPF_JEQ, test.value, 0, 1));
  } else {
    block.push_back(Jump(BPF_JSET, test.value, 0, 1));
  }
  block.push_back(Return(Action(test.then, test.error, mediate)));
  const auto only_if = [&block](size_t half, uint32_t value) {
    const auto past = static_cast<uint8_t>(block.size());
    block.insert(block.begin(), {Load(half), Jump(BPF_JEQ, value, 0, past)});
  };
  if (test.wide) only_if(HighHalf(test.arg), 0);  // the other half has to be zero
  if (test.with_arg != ArgTest::kAlone) only_if(LowHalf(test.with_arg), test.with_value);
  program.insert(program.end(), block.begin(), block.end());
}

// An open that only reads and bears the mark. Both looked-at halves are those that wire.h names; what the kernel does
// not look at (the upper half of the flags) is not looked at here either.
void AppendGate(const GateArgs& gate, std::vector<sock_filter>& program) {
  program.push_back(Load(LowHalf(gate.flags)));
  program.push_back(Jump(BPF_JSET, kNotGated, 3, 0));
  program.push_back(Load(HighHalf(gate.mode)));
  program.push_back(Jump(BPF_JEQ, kGateMark, 0, 1));
  program.push_back(Return(SECCOMP_RET_ALLOW));
}

// Architecture, x32 bit, then every row that looks at arguments. Numbers come before arguments, so that the kernel's
// cache of always-allowed calls still works for all others.
absl::StatusOr<std::vector<sock_filter>> PlanPrologue(std::span<const Row> table, uint32_t scmp_arch, uint32_t mediate,
                                                      MarkedOpens marked) {
  const uint32_t audit_arch = scmp_arch;  // libseccomp's tokens are the kernel's
  std::vector<sock_filter> program;
  program.push_back(Load(offsetof(seccomp_data, arch)));
  program.push_back(Jump(BPF_JEQ, audit_arch, 1, 0));
  program.push_back(Return(SECCOMP_RET_KILL_PROCESS));
  program.push_back(Load(offsetof(seccomp_data, nr)));
  if (audit_arch == AUDIT_ARCH_X86_64) {
    program.push_back(Jump(BPF_JGE, kX32Bit, 0, 2));
    program.push_back(Jump(BPF_JEQ, kNoCall, 1, 0));
    program.push_back(Return(SECCOMP_RET_KILL_PROCESS));
  }
  for (const Row& row : table) {
    if (row.tests.empty()) continue;
    const int nr = seccomp_syscall_resolve_name_arch(scmp_arch, std::string(row.name).c_str());
    if (nr < 0) continue;
    std::vector<sock_filter> block;
    if (row.gate && marked == MarkedOpens::kNative) AppendGate(*row.gate, block);
    for (const ArgTest& test : row.tests) AppendTest(test, mediate, block);
    block.push_back(Return(Action(row.treatment, row.error, mediate)));
    if (block.size() > UINT8_MAX) return absl::InternalError(Concat(row.name, ": too many argument tests"));
    program.push_back(Jump(BPF_JEQ, static_cast<uint32_t>(nr), 0, static_cast<uint8_t>(block.size())));
    program.insert(program.end(), block.begin(), block.end());
  }
  return program;
}

// What is said to the numbers from `first` on, up to the next range.
struct Range {
  uint32_t first = 0;
  uint32_t action = 0;
};

// All numbers in as few ranges as it takes: one that the prologue has answered already goes with its neighbours.
std::vector<Range> RangesOf(std::span<const Row> table, uint32_t scmp_arch, uint32_t mediate) {
  constexpr uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;
  std::map<uint32_t, std::optional<uint32_t>> said;  // by number; nothing where it is answered
  for (const Row& row : table) {
    const int nr = seccomp_syscall_resolve_name_arch(scmp_arch, std::string(row.name).c_str());
    if (nr < 0) continue;
    auto& action = said[static_cast<uint32_t>(nr)];
    if (row.tests.empty()) action = Action(row.treatment, row.error, mediate);
  }
  std::vector<Range> ranges;
  const auto from = [&ranges](uint32_t first, uint32_t action) {
    if (ranges.empty() || ranges.back().action != action) ranges.push_back({first, action});
  };
  uint32_t next = 0;
  for (const auto& [number, action] : said) {
    if (number > next) from(next, kUnknown);
    if (action) from(number, *action);
    next = number + 1;
  }
  from(next, kUnknown);
  return ranges;
}

// A balanced tree over the ranges, for the number in the accumulator.
void AppendTree(std::span<const Range> ranges, std::vector<sock_filter>& program) {
  if (ranges.size() == 1) {
    program.push_back(Return(ranges.front().action));
    return;
  }
  const auto above = ranges.subspan(ranges.size() / 2);
  std::vector<sock_filter> below;
  AppendTree(ranges.first(ranges.size() / 2), below);
  if (below.size() <= UINT8_MAX) {
    program.push_back(Jump(BPF_JGE, above.front().first, static_cast<uint8_t>(below.size()), 0));
  } else {
    program.push_back(Jump(BPF_JGE, above.front().first, 0, 1));
    program.push_back(Statement(BPF_JMP | BPF_JA, static_cast<uint32_t>(below.size())));
  }
  program.insert(program.end(), below.begin(), below.end());
  AppendTree(above, program);
}

}  // namespace

absl::StatusOr<std::vector<sock_filter>> PlanFilter(std::span<const Row> table, uint32_t scmp_arch, uint32_t mediate,
                                                    MarkedOpens marked) {
  USHER_ASSIGN_OR_RETURN(std::vector<sock_filter> program, PlanPrologue(table, scmp_arch, mediate, marked));
  AppendTree(RangesOf(table, scmp_arch, mediate), program);
  if (program.size() > BPF_MAXINSNS) return absl::InternalError("the filter is longer than the kernel takes");
  return program;
}

uint32_t RunFilter(std::span<const sock_filter> program, uint32_t audit_arch, int32_t nr,
                   std::span<const uint64_t, 6> args, uint64_t ip) {
  seccomp_data data{};
  data.nr = nr;
  data.arch = audit_arch;
  data.instruction_pointer = ip;
  std::memcpy(data.args, args.data(), sizeof(data.args));
  uint32_t accumulator = 0;
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& step = program[pc];
    const auto branch = [&](bool taken) { pc += taken ? step.jt : step.jf; };
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, sizeof(accumulator));
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JA:
        pc += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        branch(accumulator == step.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        branch(accumulator >= step.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        branch(accumulator > step.k);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        branch((accumulator & step.k) != 0);
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        return SECCOMP_RET_KILL_PROCESS;
    }
  }
  return SECCOMP_RET_KILL_PROCESS;
}

}  // namespace usher
