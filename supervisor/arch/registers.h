// The registers of a stopped tracee, as far as a system call is concerned. PTRACE_GETREGSET with NT_PRSTATUS gives them.

#ifndef USHER_SUPERVISOR_ARCH_REGISTERS_H_
#define USHER_SUPERVISOR_ARCH_REGISTERS_H_

#include <sys/user.h>

#include <cstdint>

namespace usher {

using Registers = user_regs_struct;

uint64_t ProgramCounterOf(const Registers& registers);

// Right after a call: what it returned, a negative errno on failure.
int64_t CallResultOf(const Registers& registers);
void SetCallResult(Registers& registers, int64_t result);

// The first byte that the program may have in use; below it lies room (the red zone of the ABI is left out).
uint64_t RoomBelowStack(const Registers& registers);

// Makes the call instruction that was just left run once more, with this number and these arguments. The other registers
// stay.
void RepeatCall(Registers& registers, int32_t nr, uint64_t arg0, uint64_t arg1, uint64_t arg2);

// execve(2), on this processor.
extern const int32_t kExecveNumber;

}  // namespace usher

#endif  // USHER_SUPERVISOR_ARCH_REGISTERS_H_
