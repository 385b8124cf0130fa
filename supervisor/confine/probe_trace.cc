#include "supervisor/confine/probe_trace.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/arch/native.h"
#include "supervisor/confine/filter.h"
#include "supervisor/confine/filter_plan.h"
#include "supervisor/confine/probe_child.h"
#include "supervisor/confine/probe_notify.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/ptrace.h"
#include "supervisor/syscalls/row.h"

namespace usher {
namespace {

constexpr int kSomeErrno = EXDEV;  // what the tracer says; none of the calls fails so by itself, with these arguments

struct TriedCall {
  long nr;
  std::array<uint64_t, 6> args;
};

// Descriptors, addresses, process ids and signals that there are not. The second serves where the first's flags are
// native or refused.
constexpr std::array<uint64_t, 6> kHarmless[] = {{~0ul, ~0ul, ~0ul, ~0ul, ~0ul, ~0ul}, {~0ul, 0, 0, 0, 0, 0}};

std::vector<TriedCall> MediatedCalls() {
  std::vector<TriedCall> calls;
  for (const Row& row : Table()) {
    if (row.treatment != Treatment::kMediated) continue;
    const int nr = seccomp_syscall_resolve_name(std::string(row.name).c_str());
    if (nr < 0) continue;
    for (const auto& args : kHarmless) {
      if (RunFilter(TraceFilter(), kNativeAuditArch, nr, args, 0) != SECCOMP_RET_TRACE) continue;
      calls.push_back({nr, args});
      break;
    }
  }
  return calls;
}

// Whether somebody further up may hold a listener. Where one can be installed, or the kernel knows none, nobody does;
// what stops nowhere then was refused by a filter further up, and does not run.
bool MayBeListenedTo() {
  const int error = ProbeChild::Start(&TryNewListener).Wait();
  return error != 0 && error != EINVAL && error != ENOSYS;
}

int MakeThem(const std::vector<TriedCall>& calls, bool all, int go) {
  const std::span<const sock_filter> filter = TraceFilter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  char byte;
  if (read(go, &byte, 1) != 1) return ECHILD;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) return errno;
  size_t stopped = 0;
  for (const TriedCall& call : calls) {
    const auto& a = call.args;
    if (syscall(call.nr, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 && errno == kSomeErrno) ++stopped;
  }
  return stopped == calls.size() || (!all && stopped > 0) ? 0 : EBUSY;
}

int SkipHeldCall(int32_t tid) {
  auto registers = ReadRegisters(tid);
  if (!registers.ok()) return ErrnoOf(registers.status());
  SkipCall(*registers, -kSomeErrno);
  if (const absl::Status written = WriteRegisters(tid, *registers); !written.ok()) return ErrnoOf(written);
  return ErrnoOf(WriteCallNumber(tid, -1));
}

}  // namespace

int TryTraceCalls() {
  const std::vector<TriedCall> calls = MediatedCalls();
  const bool all = MayBeListenedTo();
  int go[2], ready[2];
  if (pipe2(go, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0) return errno;
  const ProbeChild tracee = ProbeChild::Start([&] {
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // a program that was started is
    return write(ready[1], "", 1) == 1 ? MakeThem(calls, all, go[0]) : EIO;
  });
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) != 1) return ECHILD;
  if (const absl::Status seized = SeizeForCalls(tracee.pid()); !seized.ok()) {
    tracee.Kill();
    tracee.Wait();
    return ErrnoOf(seized);
  }
  if (write(go[1], "", 1) != 1) return errno;
  for (;;) {
    int raw;
    if (waitpid(tracee.pid(), &raw, __WALL) < 0) return errno;
    const WaitStatus status(raw);
    if (status.Exited()) return WIFEXITED(raw) ? status.ExitCode() : EPROTO;
    if (status.SeccompStop()) {
      if (const int error = SkipHeldCall(tracee.pid()); error != 0) return error;
    }
    (void)Resume(tracee.pid(), status.SignalStop() ? status.StopSignal() : 0);
  }
}

}  // namespace usher
