// The few ptrace(2) requests that Usher makes. All must come from the thread that attached.

#ifndef USHER_SUPERVISOR_KERNEL_PTRACE_H_
#define USHER_SUPERVISOR_KERNEL_PTRACE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/arch/registers.h"

namespace usher {

// A status of waitpid(2), with ptrace's stops told apart.
struct WaitStatus {
  explicit WaitStatus(int raw_status) : raw(raw_status) {}
  int raw;

  bool Exited() const;    // exited or was killed
  int ExitCode() const;   // as a shell reports it: the code, or 128 + signal
  bool Stopped() const;
  int StopSignal() const;
  bool ExecStop() const;  // PTRACE_EVENT_EXEC: past the point of no return, before the first instruction
  bool TrapStop() const;  // PTRACE_EVENT_STOP: what PTRACE_INTERRUPT asked for, or a group stop
};

// PTRACE_SEIZE with PTRACE_O_TRACEEXEC and PTRACE_O_EXITKILL.
absl::Status SeizeForExec(int32_t tid);
absl::Status Interrupt(int32_t tid);
absl::Status Detach(int32_t tid, int signal);
absl::Status Resume(int32_t tid);  // PTRACE_CONT without a signal
// Of a stopped tracee: PTRACE_GETREGSET and PTRACE_SETREGSET with NT_PRSTATUS.
absl::StatusOr<Registers> ReadRegisters(int32_t tid);
absl::Status WriteRegisters(int32_t tid, Registers registers);
// The thread id that an exec stop had before the exec made it the leader.
absl::StatusOr<int32_t> FormerThreadOf(int32_t pid);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_PTRACE_H_
