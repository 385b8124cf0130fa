#include "supervisor/exec_guard.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <utility>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/ptrace.h"
#include "supervisor/kernel/remote_memory.h"

namespace usher {
namespace {

constexpr size_t kMaxCommandLine = 1 << 16;

// The file that a process runs, as the kernel has it; its name apart, which is only told to people.
ExecGuard::Image ImageOf(int32_t pid) {
  ExecGuard::Image image;
  struct stat status;
  if (stat(Concat("/proc/", pid, "/exe").c_str(), &status) == 0) {
    image.device = status.st_dev;
    image.inode = status.st_ino;
  }
  return image;
}

std::string NameOfImage(int32_t pid) {
  char buffer[PATH_MAX + 1];
  const ssize_t length = readlink(Concat("/proc/", pid, "/exe").c_str(), buffer, sizeof(buffer));
  return length > 0 ? std::string(buffer, static_cast<size_t>(length)) : std::string();
}

bool SameFile(const ExecGuard::Image& a, const ExecGuard::Image& b) {
  return a.inode != 0 && a.device == b.device && a.inode == b.inode;
}

std::vector<std::string> ArgumentsOf(int32_t pid) {
  std::vector<std::string> arguments;
  const std::string line = ReadFile(Concat("/proc/", pid, "/cmdline"), kMaxCommandLine).value_or("");
  for (const std::string_view word : Split(line, '\0')) arguments.emplace_back(word);
  if (!arguments.empty() && arguments.back().empty()) arguments.pop_back();
  return arguments;
}

uint64_t StartOf(int32_t pid) {
  const auto stat = ReadProcStat(pid);
  return stat.ok() ? stat->start_ticks : 0;
}

// What was judged is a bounded copy, and what is found is read up to a bound: both may be cut at their ends.
bool SameArguments(const std::vector<std::string>& expected, const std::vector<std::string>& found) {
  const bool cut = !expected.empty() && expected.back() == kCutMark;
  const size_t whole = expected.size() - (cut ? 1 : 0);
  size_t size = 0;
  for (size_t i = 0; i < whole; ++i) {
    const bool last = i + 1 == found.size() && size + found[i].size() + 1 >= kMaxCommandLine;
    if (i >= found.size()) return size >= kMaxCommandLine;
    if (last) return expected[i].compare(0, found[i].size(), found[i]) == 0;
    if (expected[i] != found[i]) return false;
    size += found[i].size() + 1;
  }
  // Nothing at all becomes one empty argument (execve(2), since 5.18).
  return cut || found.size() == whole || (whole == 0 && found.size() == 1 && found[0].empty());
}

std::string CommandLine(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments) line += Concat(line.empty() ? "" : " ", argument);
  return line.substr(0, 200);
}

// Whether we trace this thread: our only other children are the keeper and the approver.
bool IsTracee(int32_t tid) {
  siginfo_t info;
  return waitid(P_PID, static_cast<id_t>(tid), &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0;
}

}  // namespace

ExecGuard::ExecGuard(ProcessTable& processes, OnMismatch on_mismatch)
    : processes_(processes), on_mismatch_(std::move(on_mismatch)) {}

absl::Status ExecGuard::Expect(int32_t tid, Image image, std::optional<ExecRetry> retry) {
  Pending pending;
  pending.image = std::move(image);
  pending.retry = std::move(retry);
  pending.tid = tid;
  USHER_ASSIGN_OR_RETURN(pending.process, ThreadGroupOf(tid));
  // Attached from before: that exec has failed, and the thread tries another one before it has stopped (execvp with a
  // script that has no "#!"). It will stop at whichever works. Attaching waits for an exec of the same process that is
  // under way, so it is not tried where one may be.
  const auto other = unattached_.find(pending.process);
  const bool may_wait = other != unattached_.end() && !other->second.over;
  pending.attached =
      all_are_traced_ || (!may_wait && SeizeForExec(tid).ok()) || (attached_.contains(tid) && IsTracee(tid));
  if (pending.attached) {
    attached_[tid] = std::move(pending);
    StopAfterCall(tid);
    return absl::OkStatus();
  }
  pending.before = ImageOf(pending.process);
  pending.start_ticks = StartOf(pending.process);
  if (pending.start_ticks == 0 || pending.before.inode == 0) return ErrnoStatus("whose exec it is", ESRCH);
  processes_.Forget(pending.process);
  unattached_[pending.process] = std::move(pending);
  return absl::OkStatus();
}

// An exec that fails never stops by itself: the interrupt makes it stop on its way back (PTRACE_EVENT_STOP). One that
// works stops at the exec first, and detaching there takes the interrupt back. Sent after the answer, it may find a
// thread that has failed and gone on; sent before, it would wake one that does not wait for the answer alone.
void ExecGuard::StopAfterCall(int32_t tid) {
  if (woken_by_answer_only_) (void)Interrupt(tid);
}

void ExecGuard::Release(int32_t tid) {
  if (!woken_by_answer_only_ && attached_.contains(tid)) (void)Interrupt(tid);
}

bool ExecGuard::Busy(int32_t process) const {
  for (const auto& [tid, pending] : attached_) {
    if (pending.process == process) return true;
  }
  return false;
}

bool ExecGuard::MayExec(int32_t process) const {
  const auto unattached = unattached_.find(process);
  return Busy(process) || (unattached != unattached_.end() && !unattached->second.over);
}

bool ExecGuard::Repeats(const SyscallEvent& event) const {
  if (attached_.empty()) return false;
  const auto it = attached_.find(event.tid);
  return it != attached_.end() && it->second.retry && it->second.retry->IsRepeated(event);
}

absl::StatusOr<UniqueFd> ExecGuard::ImageToLend(const SyscallEvent& event) {
  return attached_.at(event.tid).retry->ImageToLend();
}

absl::Status ExecGuard::PrepareRepeated(const SyscallEvent& event, int number_of_lent) {
  const auto it = attached_.find(event.tid);
  if (it == attached_.end()) return ErrnoStatus("the caller is gone", ESRCH);
  Pending& pending = it->second;
  StopAfterCall(event.tid);
  USHER_RETURN_IF_ERROR(pending.retry->NameImage(event.tid, number_of_lent));
  pending.image.device = pending.retry->image_device();
  pending.image.inode = pending.retry->image_inode();
  return absl::OkStatus();
}

// A tracer's own waiting tells it of all that happens.
Interceptor::AfterStop ExecGuard::OnStop(int32_t tid, const WaitStatus& status) {
  using AfterStop = Interceptor::AfterStop;
  if (status.ExecStop()) {
    auto expected = attached_.extract(FormerThreadOf(tid).value_or(tid));
    attached_.erase(tid);  // the leader that it was, should it have been about to run something itself
    if (expected.empty()) {
      (void)Kill(tid, "nothing", NameOfImage(tid));
      return AfterStop::kTaken;
    }
    ++checked_at_stop_;
    return Verify(tid, expected.mapped().image) ? AfterStop::kGoOn : AfterStop::kTaken;
  }
  const auto it = attached_.find(tid);
  if (it == attached_.end()) return AfterStop::kGoOn;
  if (!status.Exited() && RetryAfterFailure(tid, status, it->second)) return AfterStop::kTaken;
  attached_.erase(it);
  return AfterStop::kGoOn;
}

void ExecGuard::OnChildSignal() {
  if (all_are_traced_) return;
  std::vector<int32_t> finished;
  for (auto& [tid, pending] : attached_) {
    if (Look(tid, pending)) finished.push_back(tid);
  }
  for (const int32_t tid : finished) attached_.erase(tid);
}

// True when it is not ours any more. One that was killed while it stood stopped cannot be detached from: its end is
// ours to take, or it would be a zombie that the keeper waits for.
bool ExecGuard::Look(int32_t tid, Pending& pending) {
  int raw = 0;
  pid_t pid = waitpid(tid, &raw, WNOHANG | __WALL);
  if (pid == 0 || (pid < 0 && errno == EINTR)) return false;
  // A thread that execs takes over the id of its process: what was attached to is now found there.
  if (pid < 0 && pending.process != tid) {
    pid = waitpid(pending.process, &raw, WNOHANG | __WALL);
    if (pid == 0) return false;
  }
  if (pid < 0) return true;  // gone
  const WaitStatus status(raw);
  if (status.Exited()) return pid == pending.process || pending.process == tid;
  if (!status.Stopped()) return false;
  if (!status.ExecStop()) return LeaveAfterFailure(pid, status, pending);
  ++checked_at_stop_;
  return Verify(pid, pending.image) && Detach(pid, 0).ok();
}

// The exec failed, or a signal came first, which is delivered now: nothing new runs. True when it is not ours any more.
bool ExecGuard::LeaveAfterFailure(int32_t pid, const WaitStatus& status, Pending& pending) {
  if (RetryAfterFailure(pid, status, pending)) return false;
  return Detach(pid, status.TrapStop() ? 0 : status.StopSignal()).ok();
}

// True: the thread was made to call again, and runs.
bool ExecGuard::RetryAfterFailure(int32_t pid, const WaitStatus& status, Pending& pending) {
  if (!pending.retry) return false;
  const bool interrupted = status.TrapStop() && !status.GroupStop();  // by Release
  if (interrupted) return pending.retry->CallAgain(pid);
  if (pending.retry->under_way()) pending.retry->PutBack(pid);
  return false;
}

bool ExecGuard::Verify(int32_t pid, const Image& expected) {
  if (!SameFile(ImageOf(pid), expected)) {
    (void)Kill(pid, expected.path, NameOfImage(pid));
    return false;
  }
  std::vector<std::string> arguments = ArgumentsOf(pid);
  if (!SameArguments(expected.argv, arguments)) {
    (void)Kill(pid, CommandLine(expected.argv), CommandLine(arguments));
    return false;
  }
  processes_.NoteExec(pid, expected.path, std::move(arguments));  // a copy in memory goes by the name of the program
  return true;
}

// False when it lives on: stopped for good where the guard is attached to it, until Usher ends and it ends with it.
bool ExecGuard::Kill(int32_t pid, const std::string& expected, const std::string& found) {
  // Ptrace-stopped or in a held call: the id cannot have been used again.
  const bool killed = kill(pid, SIGKILL) == 0 || errno == ESRCH;
  if (killed && !all_are_traced_) (void)Detach(pid, SIGKILL);
  on_mismatch_({pid, expected, found});
  return killed;
}

bool ExecGuard::CheckCaller(int32_t tid) {
  if (unattached_.empty()) return true;
  const auto process = ThreadGroupOf(tid);
  if (!process.ok()) return false;
  auto it = unattached_.find(*process);
  if (it == unattached_.end()) return true;
  const uint64_t started = StartOf(*process);
  if (started == 0) return false;
  if (started != it->second.start_ticks) {  // it ended before it made a call
    unattached_.erase(it);
    return true;
  }
  const Image found = ImageOf(*process);
  if (found.inode == 0) return false;
  if (SameFile(found, it->second.image)) {
    ++checked_at_call_;
    processes_.NoteExec(*process, NameOfImage(*process), ArgumentsOf(*process));
    unattached_.erase(it);
    return true;
  }
  // Still the old image: the exec has failed when this is the thread that made it, and is not done when it is another.
  if (SameFile(found, it->second.before)) {
    if (it->second.tid == tid) it->second.over = true;
    return true;
  }
  const std::string expected = it->second.image.path;
  if (Kill(*process, expected, NameOfImage(*process))) unattached_.erase(*process);
  return false;
}

}  // namespace usher
