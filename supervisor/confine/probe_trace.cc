#include "supervisor/confine/probe_trace.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "supervisor/arch/native.h"
#include "supervisor/confine/filter.h"
#include "supervisor/confine/filter_plan.h"
#include "supervisor/confine/probe_child.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/ptrace.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/row.h"

namespace usher {
namespace {

constexpr int kTracersErrno = EXDEV;  // what the tracer says; none of the calls fails so by itself, with these arguments

// Without these nothing runs at all.
constexpr std::string_view kNeeded[] = {"execve", "openat"};

struct TriedCall {
  std::string name;
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
    std::string name(row.name);
    const int nr = seccomp_syscall_resolve_name(name.c_str());
    if (nr < 0) continue;
    for (const auto& args : kHarmless) {
      if (RunFilter(TraceFilter(), kNativeAuditArch, nr, args, 0) != SECCOMP_RET_TRACE) continue;
      calls.push_back({std::move(name), nr, args});
      break;
    }
  }
  return calls;
}

// The tracee: makes the calls from the first on, and tells of each whether it came back as the tracer said.
int MakeThem(std::span<const TriedCall> calls, int go, int told) {
  const std::span<const sock_filter> filter = TraceFilter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  char byte;
  if (read(go, &byte, 1) != 1) return ECHILD;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) return errno;
  for (const TriedCall& call : calls) {
    const auto& a = call.args;
    const bool stopped = syscall(call.nr, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 && errno == kTracersErrno;
    if (write(told, stopped ? "y" : "n", 1) != 1) return EIO;
  }
  return 0;
}

int SkipHeldCall(int32_t tid) {
  auto registers = ReadRegisters(tid);
  if (!registers.ok()) return ErrnoOf(registers.status());
  SkipCall(*registers, -kTracersErrno);
  if (const absl::Status written = WriteRegisters(tid, *registers); !written.ok()) return ErrnoOf(written);
  return ErrnoOf(WriteCallNumber(tid, -1));
}

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// One tracee for `calls`: what each said, as far as it came; the rest were never made.
struct Round {
  int error = 0;
  std::string told;
};

// Takes what the tracee has told since.
bool ToldMore(int told, Round& round) {
  char buffer[256];
  const ssize_t got = read(told, buffer, sizeof(buffer));
  if (got > 0) round.told.append(buffer, static_cast<size_t>(got));
  return got > 0;
}

// The next change of the tracee's state, or nothing when it has done nothing for a while: whoever took its call keeps
// it. How long all of them take says nothing, for a machine may be slow.
bool WaitForChange(pid_t pid, int told, int64_t end, Round& round, int* raw) {
  constexpr int64_t kQuietMs = 300;
  int64_t last_sign = NowMs();
  for (;;) {
    const pid_t got = waitpid(pid, raw, WNOHANG | __WALL);
    if (got != 0) return got > 0;
    if (ToldMore(told, round)) last_sign = NowMs();
    if (NowMs() >= std::min(last_sign + kQuietMs, end)) return false;
    const timespec soon{0, 20'000};
    nanosleep(&soon, nullptr);
  }
}

Round TryRound(std::span<const TriedCall> calls, int64_t end) {
  int go[2], ready[2];
  if (pipe2(go, O_CLOEXEC) < 0) return {errno, ""};
  const UniqueFd go_read(go[0]), go_write(go[1]);
  if (pipe2(ready, O_CLOEXEC | O_NONBLOCK) < 0) return {errno, ""};
  const UniqueFd told(ready[0]);
  UniqueFd telling(ready[1]);
  const ProbeChild tracee = ProbeChild::Start([&] {
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // a program that was started is
    if (write(telling.get(), "", 1) != 1) return EIO;
    return MakeThem(calls, go_read.get(), telling.get());
  });
  telling.reset();
  Round round;
  const auto over = [&](int error) {
    tracee.Kill();
    tracee.Wait();
    while (ToldMore(told.get(), round)) continue;
    round.error = error;
    return round;
  };
  if (tracee.pid() < 0) return {tracee.Wait(), ""};
  char byte;
  pollfd there{told.get(), POLLIN, 0};
  if (poll(&there, 1, 1000) != 1 || read(told.get(), &byte, 1) != 1) return over(ECHILD);
  if (const absl::Status seized = SeizeForCalls(tracee.pid()); !seized.ok()) return over(ErrnoOf(seized));
  if (write(go_write.get(), "", 1) != 1) return over(errno);
  int raw;
  while (WaitForChange(tracee.pid(), told.get(), end, round, &raw)) {
    const WaitStatus status(raw);
    if (status.Exited()) return over(WIFEXITED(raw) ? status.ExitCode() : EPROTO);
    if (status.SeccompStop()) {
      if (const int error = SkipHeldCall(tracee.pid()); error != 0) return over(error);
    }
    (void)Resume(tracee.pid(), status.SignalStop() ? status.StopSignal() : 0);
  }
  return over(ETIMEDOUT);
}

}  // namespace

int TraceTrial::Verdict() const {
  if (error != 0) return error;
  for (const std::string& name : taken) {
    if (std::find(std::begin(kNeeded), std::end(kNeeded), name) != std::end(kNeeded)) return EBUSY;
  }
  return 0;
}

bool MayBeListenedTo(int new_listener_error) {
  return new_listener_error != 0 && new_listener_error != EINVAL && new_listener_error != ENOSYS;
}

TraceTrial TryTraceCalls(int new_listener_error) {
  const std::vector<TriedCall> calls = MediatedCalls();
  constexpr int64_t kAllMs = 1500;
  const int64_t end = NowMs() + kAllMs;
  TraceTrial trial;
  size_t stopped = 0;
  for (size_t made = 0; made < calls.size();) {
    const Round round = TryRound(std::span(calls).subspan(made), end);
    const bool kept_waiting = round.error == ETIMEDOUT && NowMs() < end;
    if (round.error != 0 && !kept_waiting) {
      trial.error = round.error;
      return trial;
    }
    for (const char said : round.told) {
      if (said == 'y') ++stopped;
      if (said != 'y') trial.taken.push_back(calls[made].name);
      ++made;
    }
    if (kept_waiting && made < calls.size()) trial.taken.push_back(calls[made++].name);
  }
  if (stopped == 0) trial.error = EBUSY;
  if (!MayBeListenedTo(new_listener_error)) trial.taken.clear();
  return trial;
}

}  // namespace usher
