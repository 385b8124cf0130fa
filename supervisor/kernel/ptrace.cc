#include "supervisor/kernel/ptrace.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

void* AsData(uintptr_t value) { return reinterpret_cast<void*>(value); }

}  // namespace

bool WaitStatus::Exited() const { return WIFEXITED(raw) || WIFSIGNALED(raw); }
int WaitStatus::ExitCode() const { return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw); }
bool WaitStatus::Stopped() const { return WIFSTOPPED(raw); }
int WaitStatus::StopSignal() const { return WSTOPSIG(raw); }
bool WaitStatus::ExecStop() const { return raw >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8)); }
bool WaitStatus::TrapStop() const { return Stopped() && raw >> 16 == PTRACE_EVENT_STOP; }
bool WaitStatus::GroupStop() const { return TrapStop() && StopSignal() != SIGTRAP; }
bool WaitStatus::SeccompStop() const { return raw >> 8 == (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8)); }
bool WaitStatus::SignalStop() const { return Stopped() && raw >> 16 == 0; }
bool WaitStatus::CallStop() const { return Stopped() && raw >> 8 == (SIGTRAP | 0x80); }
bool WaitStatus::ForkStop() const {
  const int event = raw >> 16;
  return Stopped() && (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE);
}

absl::Status SeizeForExec(int32_t tid) {
  if (ptrace(PTRACE_SEIZE, tid, nullptr, AsData(PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) < 0) {
    return ErrnoStatus("PTRACE_SEIZE");
  }
  return absl::OkStatus();
}

absl::Status SeizeForCalls(int32_t tid) {
  constexpr uintptr_t kOptions = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                 PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, tid, nullptr, AsData(kOptions)) < 0) return ErrnoStatus("PTRACE_SEIZE");
  return absl::OkStatus();
}

absl::Status SeizeForErrand(int32_t tid) {
  constexpr uintptr_t kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, tid, nullptr, AsData(kOptions)) < 0) return ErrnoStatus("PTRACE_SEIZE");
  return absl::OkStatus();
}

std::optional<TraceeStop> NextStop() {
  int raw = 0;
  pid_t tid;
  do {
    // __WCLONE leaves out ordinary children, and never a tracee (wait(2), 4.7).
    tid = waitpid(-1, &raw, WNOHANG | __WCLONE);
  } while (tid < 0 && errno == EINTR);
  if (tid <= 0) return std::nullopt;
  return TraceeStop{tid, WaitStatus(raw)};
}

absl::StatusOr<std::optional<WaitStatus>> NextStopOf(int32_t tid) {
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(tid), &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) < 0) {
    return ErrnoStatus("waitid");
  }
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_TRAPPED && info.si_status == (SIGTRAP | (PTRACE_EVENT_EXEC << 8))) {
    return ErrnoStatus("waitid: another's exec", ECHILD);
  }
  int raw = 0;
  const pid_t got = waitpid(tid, &raw, WNOHANG | __WALL);
  if (got < 0) return ErrnoStatus("waitpid");
  if (got == 0) return std::nullopt;
  return WaitStatus(raw);
}

absl::Status Interrupt(int32_t tid) {
  if (ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr) < 0) return ErrnoStatus("PTRACE_INTERRUPT");
  return absl::OkStatus();
}

absl::Status Detach(int32_t tid, int signal) {
  if (ptrace(PTRACE_DETACH, tid, nullptr, AsData(static_cast<uintptr_t>(signal))) < 0) {
    return ErrnoStatus("PTRACE_DETACH");
  }
  return absl::OkStatus();
}

absl::Status Resume(int32_t tid, int signal) {
  if (ptrace(PTRACE_CONT, tid, nullptr, AsData(static_cast<uintptr_t>(signal))) < 0) return ErrnoStatus("PTRACE_CONT");
  return absl::OkStatus();
}

absl::Status ResumeToEndOfCall(int32_t tid) {
  if (ptrace(PTRACE_SYSCALL, tid, nullptr, nullptr) < 0) return ErrnoStatus("PTRACE_SYSCALL");
  return absl::OkStatus();
}

absl::Status ResumeToNextCall(int32_t tid, int signal) {
  if (ptrace(PTRACE_SYSCALL, tid, nullptr, AsData(static_cast<uintptr_t>(signal))) < 0) {
    return ErrnoStatus("PTRACE_SYSCALL");
  }
  return absl::OkStatus();
}

absl::Status Listen(int32_t tid) {
  if (ptrace(PTRACE_LISTEN, tid, nullptr, nullptr) < 0) return ErrnoStatus("PTRACE_LISTEN");
  return absl::OkStatus();
}

bool IsStopped(int32_t tid) {
  unsigned long message = 0;
  return ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &message) == 0;
}

absl::StatusOr<CallAtStop> ReadCall(int32_t tid) {
  __ptrace_syscall_info info{};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, AsData(sizeof(info)), &info) < 0)
    return ErrnoStatus("PTRACE_GET_SYSCALL_INFO");
  if (info.op != PTRACE_SYSCALL_INFO_SECCOMP) return ErrnoStatus("PTRACE_GET_SYSCALL_INFO: not before a call", EINVAL);
  CallAtStop call{info.arch, static_cast<int32_t>(info.seccomp.nr), info.instruction_pointer, {}};
  for (size_t i = 0; i < call.args.size(); ++i) call.args[i] = info.seccomp.args[i];
  return call;
}

absl::Status WriteCallNumber(int32_t tid, int32_t nr) {
  if (kCallNumberSet == 0) return absl::OkStatus();
  iovec whole{&nr, sizeof(nr)};
  if (ptrace(PTRACE_SETREGSET, tid, AsData(static_cast<uintptr_t>(kCallNumberSet)), &whole) < 0) {
    return ErrnoStatus("PTRACE_SETREGSET");
  }
  return absl::OkStatus();
}

absl::StatusOr<Registers> ReadRegisters(int32_t tid) {
  Registers registers{};
  iovec whole{&registers, sizeof(registers)};
  if (ptrace(PTRACE_GETREGSET, tid, AsData(NT_PRSTATUS), &whole) < 0) return ErrnoStatus("PTRACE_GETREGSET");
  return registers;
}

absl::Status WriteRegisters(int32_t tid, Registers registers) {
  iovec whole{&registers, sizeof(registers)};
  if (ptrace(PTRACE_SETREGSET, tid, AsData(NT_PRSTATUS), &whole) < 0) return ErrnoStatus("PTRACE_SETREGSET");
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> ReadSignalMask(int32_t tid) {
  uint64_t mask = 0;
  if (ptrace(PTRACE_GETSIGMASK, tid, AsData(sizeof(mask)), &mask) < 0) return ErrnoStatus("PTRACE_GETSIGMASK");
  return mask;
}

absl::Status WriteSignalMask(int32_t tid, uint64_t mask) {
  if (ptrace(PTRACE_SETSIGMASK, tid, AsData(sizeof(mask)), &mask) < 0) return ErrnoStatus("PTRACE_SETSIGMASK");
  return absl::OkStatus();
}

namespace {

absl::StatusOr<int32_t> EventMessage(int32_t tid) {
  unsigned long message = 0;
  if (ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &message) < 0) return ErrnoStatus("PTRACE_GETEVENTMSG");
  return static_cast<int32_t>(message);
}

}  // namespace

absl::StatusOr<int32_t> FormerThreadOf(int32_t pid) { return EventMessage(pid); }
absl::StatusOr<int32_t> NewcomerOf(int32_t tid) { return EventMessage(tid); }

}  // namespace usher
