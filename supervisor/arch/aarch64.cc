// arm64. Has only the *at forms of the path calls; 32-bit tracees report AUDIT_ARCH_ARM.

#if defined(__aarch64__)

#include <elf.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include "supervisor/arch/native.h"
#include "supervisor/arch/registers.h"

namespace usher {
namespace {

constexpr int64_t kRestartUnlessHandled = -512;  // ERESTARTSYS of the kernel's <linux/errno.h>

}  // namespace

const uint32_t kNativeAuditArch = AUDIT_ARCH_AARCH64;
const std::string_view kNativeName = "aarch64";
const int32_t kExecveNumber = SYS_execve;
const bool kFilterSeesFirstArgumentAsItWas = true;  // syscall_get_arguments has it from orig_x0

uint64_t ProgramCounterOf(const Registers& registers) { return registers.pc; }
void SetProgramCounter(Registers& registers, uint64_t address) { registers.pc = address; }
int64_t CallResultOf(const Registers& registers) { return static_cast<int64_t>(registers.regs[0]); }
void SetCallResult(Registers& registers, int64_t result) { registers.regs[0] = static_cast<uint64_t>(result); }

uint64_t RoomBelowStack(const Registers& registers) { return registers.sp & ~uint64_t{15}; }

void RepeatCall(Registers& registers, int32_t nr, uint64_t arg0, uint64_t arg1, uint64_t arg2) {
  registers.pc -= 4;  // svc #0
  registers.regs[8] = static_cast<uint64_t>(nr);
  registers.regs[0] = arg0;
  registers.regs[1] = arg1;
  registers.regs[2] = arg2;
}

const int kCallNumberSet = NT_ARM_SYSTEM_CALL;

void RepeatCall(Registers& registers, int32_t nr, const CallArguments& args) {
  RepeatCall(registers, nr, args[0], args[1], args[2]);
  for (size_t i = 0; i < args.size(); ++i) registers.regs[i] = args[i];
}

void ReplaceCall(Registers& registers, int32_t nr, const CallArguments& args) {
  registers.regs[8] = static_cast<uint64_t>(nr);
  for (size_t i = 0; i < args.size(); ++i) registers.regs[i] = args[i];
}

void SkipCall(Registers& registers, int64_t result) { registers.regs[0] = static_cast<uint64_t>(result); }

// The first argument of a call that is made again is not in the registers but with the kernel (orig_x0), as it was when
// the call began.
void InterruptCall(Registers& registers, int32_t) { registers.regs[0] = static_cast<uint64_t>(kRestartUnlessHandled); }

}  // namespace usher

#endif
