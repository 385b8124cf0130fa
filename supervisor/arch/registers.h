// The registers of a stopped tracee, as far as a system call is concerned. PTRACE_GETREGSET with NT_PRSTATUS gives
// them.

#ifndef USHER_SUPERVISOR_ARCH_REGISTERS_H_
#define USHER_SUPERVISOR_ARCH_REGISTERS_H_

#include <sys/user.h>

#include <array>
#include <cstdint>

namespace usher {

using Registers = user_regs_struct;

uint64_t ProgramCounterOf(const Registers& registers);
void SetProgramCounter(Registers& registers, uint64_t address);

// Right after a call: what it returned, a negative errno on failure.
int64_t CallResultOf(const Registers& registers);
void SetCallResult(Registers& registers, int64_t result);

// The first byte that the program may have in use; below it lies room (the red zone of the ABI is left out).
uint64_t RoomBelowStack(const Registers& registers);

using CallArguments = std::array<uint64_t, 6>;

// A descriptor as a call's argument, with its sign.
inline uint64_t AsArgument(int value) { return static_cast<uint64_t>(static_cast<int64_t>(value)); }

// Makes the call instruction that was just left run once more, with this number and these arguments. The other
// registers stay.
void RepeatCall(Registers& registers, int32_t nr, uint64_t arg0, uint64_t arg1, uint64_t arg2);
void RepeatCall(Registers& registers, int32_t nr, const CallArguments& args);

// At a stop before a call (seccomp's): another one in its place. Where the number is no part of the registers,
// WriteCallNumber (kernel/ptrace.h) has to follow.
void ReplaceCall(Registers& registers, int32_t nr, const CallArguments& args);

// At a stop before a call, or after one: there is no call any more, this is its result. As above for the number.
void SkipCall(Registers& registers, int64_t result);

// At the stop after a call that was skipped: the kernel is to take it for one that a signal has interrupted. Where no
// handler runs, or one with SA_RESTART, it is made again; else it fails with EINTR. As above for the number.
void InterruptCall(Registers& registers, int32_t nr);

// The register set of ptrace(2) that holds the number of the call under way; 0 where the number is among the registers.
extern const int kCallNumberSet;

// At a stop before a call its filter is asked once more, after the tracer. Whether it then sees the first argument as it was
// when the call began, whatever the tracer has written there.
extern const bool kFilterSeesFirstArgumentAsItWas;

// execve(2), on this processor.
extern const int32_t kExecveNumber;

}  // namespace usher

#endif  // USHER_SUPERVISOR_ARCH_REGISTERS_H_
