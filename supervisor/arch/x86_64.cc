// x86-64. Shares AUDIT_ARCH_X86_64 with x32, whose call numbers carry bit 30: the filter tests that bit right after the
// architecture.

#if defined(__x86_64__)

#include <linux/audit.h>
#include <sys/syscall.h>

#include "supervisor/arch/native.h"
#include "supervisor/arch/registers.h"

namespace usher {

const uint32_t kNativeAuditArch = AUDIT_ARCH_X86_64;
const std::string_view kNativeName = "x86_64";
const int32_t kExecveNumber = SYS_execve;
const bool kFilterSeesFirstArgumentAsItWas = false;

uint64_t ProgramCounterOf(const Registers& registers) { return registers.rip; }
void SetProgramCounter(Registers& registers, uint64_t address) { registers.rip = address; }
int64_t CallResultOf(const Registers& registers) { return static_cast<int64_t>(registers.rax); }
void SetCallResult(Registers& registers, int64_t result) { registers.rax = static_cast<uint64_t>(result); }

uint64_t RoomBelowStack(const Registers& registers) { return (registers.rsp - 128) & ~uint64_t{15}; }

void RepeatCall(Registers& registers, int32_t nr, uint64_t arg0, uint64_t arg1, uint64_t arg2) {
  registers.rip -= 2;  // syscall is 0f 05
  registers.rax = static_cast<uint64_t>(nr);
  registers.orig_rax = ~uint64_t{0};  // no call is under way: the kernel has nothing of its own to restart
  registers.rdi = arg0;
  registers.rsi = arg1;
  registers.rdx = arg2;
}

const int kCallNumberSet = 0;

namespace {

constexpr uint64_t kNoCall = ~uint64_t{0};
constexpr int64_t kRestartUnlessHandled = -512;  // ERESTARTSYS of the kernel's <linux/errno.h>

void SetArguments(Registers& registers, const CallArguments& args) {
  registers.rdi = args[0];
  registers.rsi = args[1];
  registers.rdx = args[2];
  registers.r10 = args[3];
  registers.r8 = args[4];
  registers.r9 = args[5];
}

}  // namespace

void RepeatCall(Registers& registers, int32_t nr, const CallArguments& args) {
  RepeatCall(registers, nr, args[0], args[1], args[2]);
  SetArguments(registers, args);
}

void ReplaceCall(Registers& registers, int32_t nr, const CallArguments& args) {
  registers.orig_rax = static_cast<uint64_t>(nr);
  SetArguments(registers, args);
}

void SkipCall(Registers& registers, int64_t result) {
  registers.orig_rax = kNoCall;
  registers.rax = static_cast<uint64_t>(result);
}

void InterruptCall(Registers& registers, int32_t nr) {
  registers.orig_rax = static_cast<uint64_t>(nr);
  registers.rax = static_cast<uint64_t>(kRestartUnlessHandled);
}

}  // namespace usher

#endif
