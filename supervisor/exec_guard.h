// Is what runs what was allowed? exec is judged by name before, and checked here after the point of no return, when
// nobody can change the answer any more (invariant 1).

#ifndef USHER_SUPERVISOR_EXEC_GUARD_H_
#define USHER_SUPERVISOR_EXEC_GUARD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "supervisor/exec_retry.h"
#include "supervisor/intercept/interceptor.h"
#include "supervisor/tracee/process_table.h"

namespace usher {

// The guard attaches with PTRACE_SEIZE just before the kernel goes on with an execve, looks at the new image at its
// exec stop, before its first instruction, and detaches. Where all are traced anyway, it is told of that stop. Where it
// cannot attach (a debugger in the sandbox has the process, Yama forbids it) the image is looked at when it makes its
// first mediated call, before that call is judged.
class ExecGuard {
 public:
  struct Mismatch {
    int32_t pid = 0;
    std::string expected, found;  // programs, or command lines where those differ
  };
  using OnMismatch = std::function<void(const Mismatch&)>;

  ExecGuard(ProcessTable& processes, OnMismatch on_mismatch);

  struct Image {
    std::string path;
    uint64_t device = 0, inode = 0;
    std::vector<std::string> argv;  // as judged, with what the kernel puts in front for a script; may be cut at the end
  };

  // Around the reply: Expect, answer the call with CONTINUE, Release. With a retry, a program that the floor does not
  // know runs all the same, where the guard can attach. An error when nobody knows whose call it is: it must not be
  // continued then.
  absl::Status Expect(int32_t tid, Image image, std::optional<ExecRetry> retry = std::nullopt);
  void Release(int32_t tid);
  // Interceptor::waits_killably: the thread can be told to stop before it is answered.
  void set_woken_by_answer_only(bool value) { woken_by_answer_only_ = value; }

  // Whether an exec of this process is under way. Another thread's has to wait for its end: the kernel lets nobody
  // attach to the process meanwhile, and that could be long.
  bool Busy(int32_t process) const;
  // The same of one that the guard could not attach to.
  bool MayExec(int32_t process) const;
  bool IsAttached(int32_t tid) const { return attached_.contains(tid); }

  // A retry has made the thread call again: it was judged already. What it needs is lent (nothing, if that is no
  // descriptor), and the call is continued and released; an error is the caller's.
  bool Repeats(const SyscallEvent& event) const;
  absl::StatusOr<UniqueFd> ImageToLend(const SyscallEvent& event);
  absl::Status PrepareRepeated(const SyscallEvent& event, int number_of_lent);

  // SIGCHLD: looks at every process that the guard is attached to.
  void OnChildSignal();

  // Where the interceptor traces the whole sandbox, the guard never attaches, and is told of every stop and end
  // instead.
  void set_all_are_traced() { all_are_traced_ = true; }
  Interceptor::AfterStop OnStop(int32_t tid, const WaitStatus& status);

  // Before any other call of `tid` is judged: false when it runs something that nobody allowed, and was killed, or when
  // that cannot be told.
  bool CheckCaller(int32_t tid);

  // How many execs were checked at their exec stop, and how many at the first call (only tests ask).
  uint64_t checked_at_stop() const { return checked_at_stop_; }
  uint64_t checked_at_call() const { return checked_at_call_; }

 private:
  struct Pending {
    Image image;
    int32_t tid = 0;           // the caller
    int32_t process = 0;       // its thread group
    Image before;              // what it ran until now
    uint64_t start_ticks = 0;  // of the process, whose number may be another's by the time of the next call
    bool attached = false;
    bool over = false;  // unattached: the caller has called again, so the exec has failed
    std::optional<ExecRetry> retry;
  };

  // Looks at a child that may have stopped; true when nothing is left to wait for.
  bool Look(int32_t tid, Pending& pending);
  void StopAfterCall(int32_t tid);
  bool Verify(int32_t pid, const Image& expected);
  bool LeaveAfterFailure(int32_t pid, const WaitStatus& status, Pending& pending);
  static bool RetryAfterFailure(int32_t pid, const WaitStatus& status, Pending& pending);
  bool Kill(int32_t pid, const std::string& expected, const std::string& found);

  ProcessTable& processes_;
  OnMismatch on_mismatch_;
  absl::flat_hash_map<int32_t, Pending> attached_;    // by thread id
  absl::flat_hash_map<int32_t, Pending> unattached_;  // by process id
  bool woken_by_answer_only_ = false;
  bool all_are_traced_ = false;
  uint64_t checked_at_stop_ = 0, checked_at_call_ = 0;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_EXEC_GUARD_H_
