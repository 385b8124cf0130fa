// The few ptrace(2) requests that Usher makes. All must come from the thread that attached.

#ifndef USHER_SUPERVISOR_KERNEL_PTRACE_H_
#define USHER_SUPERVISOR_KERNEL_PTRACE_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/arch/registers.h"

namespace usher {

// A status of waitpid(2), with ptrace's stops told apart.
struct WaitStatus {
  explicit WaitStatus(int raw_status) : raw(raw_status) {}
  int raw;

  bool Exited() const;   // exited or was killed
  int ExitCode() const;  // as a shell reports it: the code, or 128 + signal
  bool Stopped() const;
  int StopSignal() const;
  bool ExecStop() const;   // PTRACE_EVENT_EXEC: past the point of no return, before the first instruction
  bool TrapStop() const;   // PTRACE_EVENT_STOP: what PTRACE_INTERRUPT asked for, a new thread's first, or a group stop
  bool GroupStop() const;  // of those the one that job control asks for
  bool SeccompStop() const;  // PTRACE_EVENT_SECCOMP: before a call that a filter gave to the tracer
  bool ForkStop() const;     // PTRACE_EVENT_FORK, VFORK or CLONE: EventMessage says who is new
  bool SignalStop() const;   // before a signal is delivered: StopSignal
  bool CallStop() const;     // at the beginning or the end of a call, of one that was seized for it
};

// A thread that has stopped or ended.
struct TraceeStop {
  int32_t tid = 0;
  WaitStatus status{0};
};

// The call that a thread stands before; PTRACE_GET_SYSCALL_INFO (5.3).
struct CallAtStop {
  uint32_t arch = 0;  // AUDIT_ARCH_*
  int32_t nr = 0;
  uint64_t ip = 0;  // address after the call instruction
  CallArguments args{};
};

// PTRACE_SEIZE with PTRACE_O_TRACEEXEC and PTRACE_O_EXITKILL.
absl::Status SeizeForExec(int32_t tid);
// PTRACE_SEIZE of one whose filter gives calls to its tracer. Whatever it starts is seized as well, before its first
// instruction; exec stops; all of them are killed when the tracer ends.
absl::Status SeizeForCalls(int32_t tid);
// PTRACE_SEIZE of one that is to make calls for us (ResumeToNextCall) and to start a thread: its call stops are told
// from SIGTRAP (PTRACE_O_TRACESYSGOOD), the thread is seized as well, and both are killed when the tracer ends.
absl::Status SeizeForErrand(int32_t tid);

// The next of all that this process traces, without waiting: children that are not traced are left to whoever waits for
// them. Empty: nobody has stopped or ended, or nobody is traced.
std::optional<TraceeStop> NextStop();

// The same of one thread. NotFound in words of errno (ECHILD): it is none of ours, or its number is another's by an
// exec, whose stop is left to whoever traces that one.
absl::StatusOr<std::optional<WaitStatus>> NextStopOf(int32_t tid);

absl::Status Interrupt(int32_t tid);
absl::Status Detach(int32_t tid, int signal);
absl::Status Resume(int32_t tid, int signal = 0);  // PTRACE_CONT
absl::Status ResumeToEndOfCall(int32_t tid);       // PTRACE_SYSCALL, from a stop before a call: the next is after it
absl::Status ResumeToNextCall(int32_t tid,
                              int signal = 0);  // PTRACE_SYSCALL, from any stop: before a call or behind it
absl::Status Listen(int32_t tid);               // PTRACE_LISTEN: stays in its group stop, and can be continued from it
bool IsStopped(int32_t tid);                    // traced by us, stopped, and not being killed

absl::StatusOr<CallAtStop> ReadCall(int32_t tid);
// At a stop before a call or after it, after the registers were written: a no-op where the number is one of them
// (arch/registers.h).
absl::Status WriteCallNumber(int32_t tid, int32_t nr);
// Of a stopped tracee: PTRACE_GETREGSET and PTRACE_SETREGSET with NT_PRSTATUS.
absl::StatusOr<Registers> ReadRegisters(int32_t tid);
absl::Status WriteRegisters(int32_t tid, Registers registers);
// The signals that a stopped thread blocks, a bit each, from 1; PTRACE_GETSIGMASK (3.11).
absl::StatusOr<uint64_t> ReadSignalMask(int32_t tid);
absl::Status WriteSignalMask(int32_t tid, uint64_t mask);
// The thread id that an exec stop had before the exec made it the leader.
absl::StatusOr<int32_t> FormerThreadOf(int32_t pid);
// Who is new, at a fork stop.
absl::StatusOr<int32_t> NewcomerOf(int32_t tid);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_PTRACE_H_
