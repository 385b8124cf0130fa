#include "supervisor/monitor.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/broker/broker.h"
#include "supervisor/broker/files.h"
#include "supervisor/broker/files.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/remote_memory.h"
#include "supervisor/monitor_waits.h"
#include "supervisor/remember.h"
#include "supervisor/syscalls/meaning.h"
#include "supervisor/tracee/locate.h"

namespace usher {
namespace {

constexpr int kMaxResolveAttempts = 4;  // of a name that keeps changing under us

// What a refused caller is told: something that its kind of call can plausibly fail with.
int RefusalErrno(const Operation& operation, Verdict verdict) {
  if (const auto* process = std::get_if<ProcessOperation>(&operation)) {
    const bool by_name = process->action == ProcessAction::kReadMemory || process->action == ProcessAction::kLook;
    return by_name ? ENOENT : EPERM;
  }
  return verdict == Verdict::kHide ? ENOENT : EACCES;
}

// What the new program's argument vector will be.
std::vector<std::string> ArgumentsOf(const Call& call, const Program& program) {
  std::vector<std::string> arguments = program.script_words;
  const size_t replaced = arguments.empty() || call.argv.empty() ? 0 : 1;
  arguments.insert(arguments.end(), call.argv.begin() + static_cast<std::ptrdiff_t>(replaced), call.argv.end());
  return arguments;
}

bool IsPlainRead(const std::vector<Operation>& operations) {
  for (const Operation& operation : operations) {
    const auto* file = std::get_if<FileOperation>(&operation);
    if (file == nullptr || file->action != FileAction::kRead) return false;
  }
  return true;
}

}  // namespace

Monitor::Monitor(House house, bool log_reads, Callbacks callbacks)
    : house_(house),
      callbacks_(std::move(callbacks)),
      recorder_(house.log, house.summary, house.processes, log_reads,
                [this](const std::string& text) { callbacks_.on_trouble(text); }),
      guard_(house.processes, [this](const ExecGuard::Mismatch& mismatch) {
        callbacks_.on_trouble(Concat("usher: killed process ", mismatch.pid, ": it was allowed to run ",
                                     Escape(mismatch.expected), " but ran ", Escape(mismatch.found)));
      }) {
  turns_->go_on = [this](std::vector<uint64_t> waiting) { TakeTurns(std::move(waiting)); };
  guard_.set_woken_by_answer_only(house_.interceptor.waits_killably());
  if (house_.interceptor.traces()) {
    guard_.set_all_are_traced();
    house_.interceptor.set_on_stop(
        [this](int32_t tid, const WaitStatus& status) { return guard_.OnStop(tid, status); });
  }
}

Monitor::~Monitor() {
  turns_->go_on = nullptr;
  house_.interceptor.set_on_stop(nullptr);
  house_.loop.Unwatch(house_.interceptor.fd());
  if (sweep_ != 0) house_.loop.Cancel(sweep_);
  if (forgetting_ != 0) house_.loop.Cancel(forgetting_);
}

absl::Status Monitor::Start() {
  return house_.loop.Watch(house_.interceptor.fd(), EPOLLIN, [this](uint32_t events) { OnReadable(events); });
}

// The guard first: an exec's stop is its own.
void Monitor::OnChildSignal() {
  guard_.OnChildSignal();
  house_.interceptor.OnChildSignal();
}

void Monitor::OnReadable(uint32_t epoll_events) {
  if ((epoll_events & EPOLLIN) != 0) {
    const auto event = house_.interceptor.Receive();
    if (event.ok() && event->has_value()) Handle(**event);
    return;
  }
  if ((epoll_events & (EPOLLHUP | EPOLLERR)) != 0) {
    house_.loop.Unwatch(house_.interceptor.fd());
    callbacks_.on_empty();
  }
}

Decision Monitor::Judge(const Operation& operation) {
  Decision decision = house_.rules.Decide(operation, house_.grants.current());
  if (decision.verdict != Verdict::kAsk && decision.grant.empty()) return decision;
  // A grant matters: is it still what it was a moment ago? A revoke bites at the next call.
  const auto changed = house_.grants.Reload();
  if (changed.ok() && !*changed) return decision;
  return house_.rules.Decide(operation, house_.grants.current());
}

void Monitor::Handle(const SyscallEvent& event) {
  ++held_calls_;
  auto held = std::make_shared<Held>();
  held->event = event;
  const Row* row = rows_.Find(event.nr);
  if (row == nullptr) return Send(*held, ReplyError{ENOSYS});
  if (!guard_.CheckCaller(event.tid)) return Send(*held, ReplyError{EACCES});
  if (guard_.Repeats(event)) return RepeatExec(event);
  held->call.row = row;
  if (AnswerAgain(*held)) return;
  if (auto handed_over = house_.interceptor.TakeHandedOver(event.id)) {
    if (!handed_over->ok()) return Send(*held, ReplyError{ErrnoOf(handed_over->status())});
    held->handed_over = **std::move(handed_over);
  }
  GoOn(std::move(held));
}

void Monitor::GoOn(std::shared_ptr<Held> held) {
  const absl::Status understood = Understand(*held);
  if (ErrnoOf(understood) == kAskTheCaller) return AskCaller(std::move(held));
  if (!understood.ok()) return Send(*held, ReplyError{ErrnoOf(understood)});
  if (NameDestinations(held)) return;  // goes on when our own look-up is answered
  Decide(std::move(held));
}

// Decode, locate, give it a meaning. Whatever fails on the way is the caller's errno, and nothing is done.
absl::Status Monitor::Understand(Held& held) {
  const RemoteMemory memory(held.event.tid);
  USHER_ASSIGN_OR_RETURN(held.call, Decode(*held.call.row, held.event, memory));
  const CallersDescriptors descriptors = house_.interceptor.asks_for_descriptors()
                                             ? CallersDescriptors(held.event.tid, held.handed_over)
                                             : CallersDescriptors(held.event.tid);
  auto target = Locate(held.call, house_.processes, house_.belongings, descriptors);
  held.wanted = descriptors.wanted();
  USHER_ASSIGN_OR_RETURN(held.target, std::move(target));
  // All that was read of the caller was the caller's only if it still waits. An open that makes nothing can do without
  // the question: handing over its descriptor fails when the caller is gone (ENOENT), and nothing else came of it. So can a call of
  // which nothing was read.
  const bool only_opens = held.call.row->allow_by == AllowBy::kOpen && held.target.names[0].exists() &&
                          (held.call.open_flags & (O_ACCMODE | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))) == O_RDONLY;
  const bool can_do_without = only_opens || SaidByRegisters(*held.call.row);
  if (!can_do_without && !house_.interceptor.StillHeld(held.event.id)) return ErrnoStatus("the caller is gone", ESRCH);
  USHER_ASSIGN_OR_RETURN(held.operations, Meaning(held.call, held.target));
  held.decisions.assign(held.operations.size(), Decision{});
  held.resolutions.assign(held.operations.size(), Resolution{});
  held.answered.assign(held.operations.size(), false);
  return absl::OkStatus();
}

void Monitor::Decide(std::shared_ptr<Held> held) {
  // A refusal outweighs every question: nobody is asked about a call that will not be done anyway.
  size_t ask = held->operations.size();
  for (size_t i = 0; i < held->operations.size(); ++i) {
    if (held->answered[i]) continue;
    Decision decision = Judge(held->operations[i]);
    // Whoever names a program to be run has answered for it; what a rule denies is denied him too.
    if (decision.verdict == Verdict::kAsk && held->call.row->allow_by == AllowBy::kExec &&
        held->event.tid == first_exec_ && std::holds_alternative<ExecOperation>(held->operations[i])) {
      decision = {Verdict::kAllow, Risk::kOrdinary, "the command itself", "command line", ""};
    }
    held->decisions[i] = decision;
    if (decision.verdict > Verdict::kAsk) return Refuse(*held, i, decision);
    if (decision.verdict == Verdict::kAsk && ask == held->operations.size()) ask = i;
    if (!decision.grant.empty()) house_.grants.Touch(decision.grant);
  }
  if (ask < held->operations.size()) {
    // git asks the kernel in this way whether a directory is empty, .git too.
    if (const int error = FailsAnyway(held->call, held->target); error != 0) return Send(*held, ReplyError{error});
    const Decision decision = held->decisions[ask];
    return Ask(held, ask, decision);
  }
  Allow(std::move(held));
}

void Monitor::Refuse(Held& held, size_t index, const Decision& decision) {
  const int error = RefusalErrno(held.operations[index], decision.verdict);
  (void)Record(held, index, decision, error, /*done=*/false);
  Send(held, ReplyError{error});
}

void Monitor::Allow(std::shared_ptr<Held> held) {
  if (held->call.row->allow_by == AllowBy::kExec) {
    if (ExecIsUnderWay(*held)) return WaitForOtherExec(std::move(held));
    for (size_t i = 0; i < held->operations.size(); ++i) {
      if (!Record(*held, i, held->decisions[i], 0, true)) return Send(*held, ReplyError{EIO});
    }
    if (held->event.tid == first_exec_) first_exec_ = 0;
    Program& program = held->target.program;
    if (house_.spares != nullptr) (void)house_.spares->PutInPlace(program);
    ExecGuard::Image image{program.image_path, program.image_device, program.image_inode,
                           ArgumentsOf(held->call, program)};
    const absl::Status guarded =
        guard_.Expect(held->event.tid, std::move(image), ExecRetry(held->event, held->call, held->target));
    if (!guarded.ok()) return Send(*held, ReplyError{ErrnoOf(guarded)});
    Send(*held, ReplyContinue{});
    guard_.Release(held->event.tid);
    return;
  }
  if (ChangesNames(held->call, held->target) && !MayChangeNamesNow(held)) return;
  uint32_t mask = 022;
  if (NeedsUmask(held->call)) {
    const auto caller = UmaskOf(held->event.tid);
    if (!caller.ok()) return Send(*held, ReplyError{ErrnoOf(caller.status())});
    mask = *caller;
  }
  house_.names.Hear(held->call, held->target);
  if (house_.gated != nullptr) {
    if (UniqueFd library = house_.gated->For(held->call, held->event.ip, held->target); library) {
      return Finish(*held, Opened{std::move(library), /*close_on_exec=*/true});
    }
  }
  // As from one file system to another: whoever moves copies instead, and the copy is judged file by file.
  if (house_.floor_reach != nullptr && house_.floor_reach->Exposes(held->call, held->target)) {
    return Finish(*held, Failed{EXDEV});
  }
  const bool changes_names = ChangesNames(held->call, held->target);
  Enactment enactment = Enact(held->call, held->target, mask);
  if (auto* call = std::get_if<BlockingCall>(&enactment)) {
    return RunOnWorker(std::move(held), std::move(*call), changes_names);
  }
  Settle(std::move(held), std::move(std::get<CallResult>(enactment)));
}

// Two threads of a process exec at once: the second waits for how the first ends.
bool Monitor::ExecIsUnderWay(const Held& held) const {
  const int32_t process = ThreadGroupOf(held.event.tid).value_or(held.event.tid);
  return guard_.Busy(process) && !guard_.IsAttached(held.event.tid);
}

// An exec that was judged and failed at the floor: see exec_retry.h.
void Monitor::RepeatExec(const SyscallEvent& event) {
  const auto go_on = [this, event](absl::StatusOr<int> number) {
    const bool ready = number.ok() && guard_.PrepareRepeated(event, *number).ok();
    (void)house_.interceptor.Send(event, ready ? Reply(ReplyContinue{}) : Reply(ReplyError{EACCES}));
    guard_.Release(event.tid);
  };
  auto image = guard_.ImageToLend(event);
  if (!image.ok()) return go_on(image.status());
  if (!*image) return go_on(-1);
  house_.interceptor.Lend(event.id, *std::move(image), go_on);
}

void Monitor::Settle(std::shared_ptr<Held> held, CallResult result) {
  if (auto* connecting = std::get_if<Connecting>(&result)) {
    return AwaitConnect(std::move(held), std::move(connecting->socket));
  }
  Finish(*held, std::move(result));
}

void Monitor::Finish(Held& held, CallResult result) {
  if (const auto* failed = std::get_if<Failed>(&result); failed != nullptr && failed->error == kResolveAgain) {
    // The name came into being between the look and the deed.
    return StartAgain(held);
  }
  const auto* failed = std::get_if<Failed>(&result);
  const int error = failed == nullptr ? 0 : failed->error;
  for (size_t i = 0; i < held.operations.size(); ++i) {
    // A non-blocking connect that is on its way has been done.
    if (!Record(held, i, held.decisions[i], error, error == 0 || error == EINPROGRESS))
      return Send(held, ReplyError{EIO});
  }
  if (failed != nullptr) return Send(held, ReplyError{error});
  if (std::holds_alternative<RunInKernel>(result)) return Send(held, ReplyContinue{});
  RememberWhatWasMade(held.call, held.target, held.operations, result, house_.belongings);
  if (auto* opened = std::get_if<Opened>(&result)) {
    const bool writable = (held.call.open_flags & O_ACCMODE) != O_RDONLY;
    return Send(held, ReplyFd{std::move(opened->fd), opened->close_on_exec, writable});
  }
  const auto& done = std::get<Done>(result);
  if (!done.writes.empty() && !WriteBackTo(held, done.writes)) return Send(held, ReplyError{EFAULT});
  Send(held, ReplyValue{done.value});
}

// Looks again, as if the call came just now.
void Monitor::StartAgain(Held& held) {
  if (++held.attempts >= kMaxResolveAttempts) return Send(held, ReplyError{EAGAIN});
  auto again = std::make_shared<Held>();
  again->event = held.event;
  again->call.row = held.call.row;
  again->attempts = held.attempts;
  again->handed_over = std::move(held.handed_over);
  GoOn(std::move(again));
}

bool Monitor::Record(const Held& held, size_t index, const Decision& decision, int error, bool done) {
  const bool asked = decision.verdict == Verdict::kAsk;
  return recorder_.Record({.syscall = held.call.row->name,
                           .tid = held.event.tid,
                           .operation = held.operations[index],
                           .decision = decision,
                           .resolution = asked ? &held.resolutions[index] : nullptr,
                           .plain_read = IsPlainRead(held.operations),
                           .error = error,
                           .done = done});
}

// Its number may be anybody's by now, and where to write is what the caller said: the memory is held before the
// question whether the caller still is.
bool Monitor::WriteBackTo(const Held& held, const std::vector<WriteBack>& writes) const {
  const auto memory = HeldMemory::Of(held.event.tid);
  if (!memory.ok() || !house_.interceptor.StillHeld(held.event.id)) return false;
  for (const WriteBack& write : writes) {
    if (!memory->WriteBytes(write.address, write.bytes).ok()) return false;
  }
  return true;
}

}  // namespace usher
