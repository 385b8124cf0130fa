#include "supervisor/kernel/ptrace.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

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

absl::Status SeizeForExec(int32_t tid) {
  if (ptrace(PTRACE_SEIZE, tid, nullptr, AsData(PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) < 0) {
    return ErrnoStatus("PTRACE_SEIZE");
  }
  return absl::OkStatus();
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

absl::Status Resume(int32_t tid) {
  if (ptrace(PTRACE_CONT, tid, nullptr, nullptr) < 0) return ErrnoStatus("PTRACE_CONT");
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

absl::StatusOr<int32_t> FormerThreadOf(int32_t pid) {
  unsigned long message = 0;
  if (ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &message) < 0) return ErrnoStatus("PTRACE_GETEVENTMSG");
  return static_cast<int32_t>(message);
}

}  // namespace usher
