#include "supervisor/intercept/ptrace_interceptor.h"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "supervisor/arch/native.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

UniqueFd HearChildren() {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  return UniqueFd(signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
}

absl::Status SkipWith(int32_t tid, int64_t result) {
  USHER_ASSIGN_OR_RETURN(Registers registers, ReadRegisters(tid));
  SkipCall(registers, result);
  USHER_RETURN_IF_ERROR(WriteRegisters(tid, registers));
  return WriteCallNumber(tid, -1);
}

// Whoever is not stopped any more is being killed: nobody waits for this reply.
absl::Status UnlessGone(absl::Status status) { return ErrnoOf(status) == ESRCH ? absl::OkStatus() : status; }

}  // namespace

PtraceInterceptor::PtraceInterceptor() : child_signals_(HearChildren()) {}

// One stop at a time, so that the loop gets round to others. What has stopped is taken in rounds: the kernel would
// always name the first of a list, and whoever makes many calls would keep all behind him waiting.
absl::StatusOr<std::optional<SyscallEvent>> PtraceInterceptor::Receive() {
  if (stops_.empty()) Collect();
  if (stops_.empty()) return std::nullopt;
  const TraceeStop stop = stops_.front();
  stops_.pop_front();
  if (!stops_.empty()) kill(getpid(), SIGCHLD);  // come again
  return OnStopOf(stop);
}

// The signal is taken first: one stands for any number of stops, and what stops from here on sends another.
void PtraceInterceptor::Collect() {
  signalfd_siginfo info;
  while (read(child_signals_.get(), &info, sizeof(info)) == sizeof(info)) continue;
  while (const auto stop = NextStop()) stops_.push_back(*stop);
}

std::optional<SyscallEvent> PtraceInterceptor::OnStopOf(const TraceeStop& stop) {
  const auto& [tid, status] = stop;
  if (status.Exited()) {
    if (on_stop_) (void)on_stop_(tid, status);
    if (const auto it = tracees_.find(tid); it != tracees_.end()) ExecIsOver(tid, *it->second, /*failed=*/true);
    Forget(tid);
    return std::nullopt;
  }
  std::unique_ptr<Tracee>& known = tracees_[tid];
  if (known == nullptr) known = std::make_unique<Tracee>();  // its first stop may come before its maker's
  Tracee& tracee = *known;
  if (WaitsForExec(tid, tracee) && !status.ExecStop()) {
    deferred_stops_[tracee.process].push_back(stop);
    return std::nullopt;
  }
  ExecIsOver(tid, tracee, /*failed=*/!status.ExecStop());
  if (status.SeccompStop()) return OnCall(tid);
  if (status.ForkStop()) {
    OnFork(tid);
    return std::nullopt;
  }
  if (status.ExecStop()) OnExec(tid);
  if (tracee.doing == Doing::kReceiving && tracee.handover->expects_trap() && status.TrapStop()) {
    const bool over = tracee.handover->OnTrap();
    if (over) EndHandover(tid, tracee);
    if (over && status.GroupStop())
      (void)Interrupt(tid);  // so that job control's stop, which came in its place, is told again
    return std::nullopt;
  }
  if (tracee.doing == Doing::kWithdrawn) {
    (void)EndWithdrawn(tid, tracee);
    return std::nullopt;
  }
  if (on_stop_ && on_stop_(tid, status) == AfterStop::kTaken) return std::nullopt;
  GoOn(tid, status);
  return std::nullopt;
}

void PtraceInterceptor::GoOn(int32_t tid, const WaitStatus& status) {
  if (status.GroupStop()) {
    (void)Listen(tid);
  } else {
    (void)Resume(tid, status.SignalStop() ? status.StopSignal() : 0);
  }
}

std::optional<SyscallEvent> PtraceInterceptor::OnCall(int32_t tid) {
  Tracee& tracee = *tracees_[tid];
  if (tracee.doing == Doing::kReceiving) {
    if (tracee.handover->expects_trap()) {  // a filter of its own has put this in the way of an injected call
      (void)Resume(tid);
    } else if (tracee.handover->OnCall()) {
      EndHandover(tid, tracee);
    }
    return std::nullopt;
  }
  const auto call = ReadCall(tid);
  if (!call.ok()) return std::nullopt;  // killed meanwhile
  tracee.doing = Doing::kHeld;
  tracee.call = *call;
  tracee.id = ++last_id_;
  held_[tracee.id] = tid;
  const SyscallEvent event{tracee.id, tid, call->nr, call->args, call->ip};
  if (call->arch != kNativeAuditArch) {  // the filter kills these; should one get here, it gets nothing
    (void)Send(event, ReplyError{ENOSYS});
    return std::nullopt;
  }
  return event;
}

// Whoever is new has what its maker has: the memory, or a copy of it, and the descriptors.
void PtraceInterceptor::OnFork(int32_t tid) {
  if (const auto newcomer = NewcomerOf(tid); newcomer.ok()) {
    std::unique_ptr<Tracee>& record = tracees_[*newcomer];
    if (record == nullptr) record = std::make_unique<Tracee>();
    Tracee& child = *record;
    const auto channel = channels_.find(ProcessOf(tid, *tracees_[tid]));
    if (channel != channels_.end()) child.inherited = channel->second;
  }
  (void)Resume(tid);
}

// All that was known of the process is over; its other threads are gone, and who execs has the leader's number.
void PtraceInterceptor::OnExec(int32_t tid) {
  const int32_t former = FormerThreadOf(tid).value_or(tid);
  if (former != tid) Forget(former);
  Tracee& tracee = *tracees_[tid];
  held_.erase(tracee.id);
  Unlock(tid, tracee);
  tracee = Tracee{};
  channels_.erase(tid);
}

void PtraceInterceptor::Forget(int32_t tid) {
  const auto it = tracees_.find(tid);
  if (it != tracees_.end()) {
    Tracee& tracee = *it->second;
    held_.erase(tracee.id);
    // What it was sent may still be under way.
    if (tracee.locked != nullptr && tracee.locked->user == tid) tracee.locked->spoiled = true;
    Unlock(tid, tracee);
    tracees_.erase(tid);
  }
  channels_.erase(tid);
}

PtraceInterceptor::Tracee* PtraceInterceptor::HeldIn(uint64_t id, int32_t* tid) {
  const auto it = held_.find(id);
  if (it == held_.end()) return nullptr;
  *tid = it->second;
  return tracees_.at(it->second).get();
}

// A thread's number is not used again before its end was waited for, which is ours to do; but by an exec of another
// thread a leader's number becomes that one's, which stands before no call then.
bool PtraceInterceptor::StillHeld(uint64_t id) const {
  const auto it = held_.find(id);
  return it != held_.end() && ReadCall(it->second).ok();
}

bool PtraceInterceptor::WaitsForExec(int32_t tid, Tracee& tracee) const {
  if (execs_.empty()) return false;
  const auto exec = execs_.find(ProcessOf(tid, tracee));
  return exec != execs_.end() && exec->second != tid;
}

// At any stop of the thread that execs: it is interrupted, so that it stops on its way back from an exec that has
// failed.
void PtraceInterceptor::ExecIsOver(int32_t tid, Tracee& tracee, bool failed) {
  if (execs_.empty()) return;
  const int32_t process = ProcessOf(tid, tracee);
  const auto exec = execs_.find(process);
  if (exec == execs_.end() || (failed && exec->second != tid)) return;
  execs_.erase(exec);
  const auto deferred = deferred_stops_.extract(process);
  if (!failed) return;  // the others are gone
  if (!deferred.empty()) {
    stops_.insert(stops_.end(), deferred.mapped().begin(), deferred.mapped().end());
    kill(getpid(), SIGCHLD);
  }
  std::vector<int32_t> others;
  for (const auto& [other, record] : tracees_) {
    if (record->process == process) others.push_back(other);
  }
  for (const int32_t other : others) {
    const auto it = tracees_.find(other);
    if (it == tracees_.end()) continue;
    if (auto reply = std::exchange(it->second->deferred, std::nullopt)) (void)Answer(other, *it->second, *reply);
    if (const auto channel = it->second->locked; channel != nullptr && channel->user == 0) UseNext(channel);
  }
}

absl::Status PtraceInterceptor::Send(const SyscallEvent& event, Reply reply) {
  int32_t tid = 0;
  Tracee* tracee = HeldIn(event.id, &tid);
  if (tracee == nullptr) return absl::OkStatus();
  held_.erase(event.id);
  if (WaitsForExec(tid, *tracee)) {
    tracee->deferred = std::move(reply);
    return absl::OkStatus();
  }
  return UnlessGone(Answer(tid, *tracee, reply));
}

absl::Status PtraceInterceptor::Answer(int32_t tid, Tracee& tracee, Reply& reply) {
  tracee.doing = Doing::kRunning;
  return std::visit(
      Overloaded{
          [&](ReplyError& r) { return r.error == kRestartCall ? Withdraw(tid, tracee) : Skip(tid, tracee, -r.error); },
          [&](ReplyValue& r) { return Skip(tid, tracee, r.value); },
          [&](ReplyFd& r) {
            Hand(tid, tracee, std::move(r.fd), r.close_on_exec, DescriptorHandover::Then::kResult);
            return absl::OkStatus();
          },
          [&](ReplyContinue&) { return Continue(tid, tracee); },
      },
      reply);
}

absl::Status PtraceInterceptor::Continue(int32_t tid, Tracee& tracee) {
  if (tracee.call.nr == SYS_execve || tracee.call.nr == SYS_execveat) {
    USHER_RETURN_IF_ERROR(Interrupt(tid));
    execs_[ProcessOf(tid, tracee)] = tid;
  }
  return Resume(tid);
}

absl::Status PtraceInterceptor::Skip(int32_t tid, Tracee& tracee, int64_t result) {
  tracee.doing = Doing::kRunning;
  USHER_RETURN_IF_ERROR(SkipWith(tid, result));
  return Resume(tid);
}

// Interrupted it can be made only behind its end: some kernels look there whether a call was under way, and others
// later.
absl::Status PtraceInterceptor::Withdraw(int32_t tid, Tracee& tracee) {
  // On arm64 the result and the first argument are one register, and newer kernels (seen on 6.12) make a call again with
  // what stood there after this stop: so it stays.
  USHER_RETURN_IF_ERROR(SkipWith(tid, static_cast<int64_t>(tracee.call.args[0])));
  tracee.doing = Doing::kWithdrawn;
  return ResumeToEndOfCall(tid);
}

// The interrupt makes the kernel look for signals, and so at the result, also if none is there any more.
absl::Status PtraceInterceptor::EndWithdrawn(int32_t tid, Tracee& tracee) {
  tracee.doing = Doing::kRunning;
  USHER_ASSIGN_OR_RETURN(Registers registers, ReadRegisters(tid));
  InterruptCall(registers, tracee.call.nr);
  USHER_RETURN_IF_ERROR(WriteRegisters(tid, registers));
  USHER_RETURN_IF_ERROR(WriteCallNumber(tid, tracee.call.nr));
  USHER_RETURN_IF_ERROR(Interrupt(tid));
  return Resume(tid);
}

void PtraceInterceptor::Lend(uint64_t id, UniqueFd fd, OnLent done) {
  int32_t tid = 0;
  Tracee* tracee = HeldIn(id, &tid);
  if (tracee == nullptr) return done(ErrnoStatus("the caller is gone", ENOENT));
  held_.erase(id);
  tracee->lent = std::move(done);
  Hand(tid, *tracee, std::move(fd), /*close_on_exec=*/true, DescriptorHandover::Then::kCallAgain);
}

int32_t PtraceInterceptor::ProcessOf(int32_t tid, Tracee& tracee) const {
  if (tracee.process == 0) tracee.process = ThreadGroupOf(tid).value_or(tid);
  return tracee.process;
}

void PtraceInterceptor::Hand(int32_t tid, Tracee& tracee, UniqueFd fd, bool close_on_exec,
                             DescriptorHandover::Then then) {
  const int32_t process = ProcessOf(tid, tracee);
  std::shared_ptr<DescriptorChannel>& channel = channels_[process];
  if (channel == nullptr) channel = tracee.inherited;
  tracee.doing = Doing::kReceiving;
  tracee.handover =
      std::make_unique<DescriptorHandover>(tid, process, tracee.call, std::move(fd), close_on_exec, then, channel);
  tracee.locked = channel;
  if (channel != nullptr && channel->user != 0) {
    channel->waiting.push_back(tid);
    return;
  }
  StartHandover(tid, tracee);
}

void PtraceInterceptor::StartHandover(int32_t tid, Tracee& tracee) {
  if (tracee.locked != nullptr) tracee.locked->user = tid;
  const absl::Status started = tracee.handover->Start();
  if (started.ok()) return;
  Unlock(tid, tracee);
  Lent(tid, tracee, started);
}

void PtraceInterceptor::EndHandover(int32_t tid, Tracee& tracee) {
  const absl::StatusOr<int> number = tracee.handover->number();
  channels_[ProcessOf(tid, tracee)] = tracee.handover->channel();
  tracee.doing = Doing::kRunning;
  Unlock(tid, tracee);
  if (tracee.lent) Lent(tid, tracee, number);
}

// It stands before its call again, or still.
void PtraceInterceptor::Lent(int32_t tid, Tracee& tracee, absl::StatusOr<int> number) {
  OnLent lent = std::exchange(tracee.lent, nullptr);
  if (!lent) return (void)Skip(tid, tracee, -ErrnoOf(number.status()));
  tracee.doing = Doing::kHeld;
  held_[tracee.id] = tid;
  lent(std::move(number));
}

// The handover is over, or never had its turn.
void PtraceInterceptor::Unlock(int32_t tid, Tracee& tracee) {
  tracee.handover.reset();
  const std::shared_ptr<DescriptorChannel> channel = std::exchange(tracee.locked, nullptr);
  if (channel == nullptr || channel->user != tid) return;
  channel->user = 0;
  UseNext(channel);
}

void PtraceInterceptor::UseNext(const std::shared_ptr<DescriptorChannel>& channel) {
  while (channel->user == 0 && !channel->waiting.empty()) {
    const int32_t next = channel->waiting.front();
    const auto it = tracees_.find(next);
    // Whoever died, or runs something else by now, waits for nothing any more.
    const bool waits = it != tracees_.end() && it->second->locked == channel && it->second->handover != nullptr;
    if (waits && WaitsForExec(next, *it->second)) return;  // its turn is when that is over
    channel->waiting.pop_front();
    if (waits) StartHandover(next, *it->second);
  }
}

}  // namespace usher
