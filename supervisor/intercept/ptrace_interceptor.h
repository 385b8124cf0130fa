// The interceptor over ptrace, where no listener can be had: the filter gives mediated calls to the tracer
// (SECCOMP_RET_TRACE), which is this thread. One stop a call; nothing else of a thread is watched but what it starts,
// execs and ends.
//
// Registers of a stopped thread are nobody's but ours, so that a call goes on with the numbers that were judged. What
// its pointers point to is as little to be trusted as with a listener: see invariant 1.

#ifndef USHER_SUPERVISOR_INTERCEPT_PTRACE_INTERCEPTOR_H_
#define USHER_SUPERVISOR_INTERCEPT_PTRACE_INTERCEPTOR_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/intercept/descriptor_handover.h"
#include "supervisor/intercept/interceptor.h"
#include "supervisor/kernel/ptrace.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// All of it on the thread that seized the first tracee (SeizeForCalls), with SIGCHLD blocked and read by nobody else.
class PtraceInterceptor : public Interceptor {
 public:
  PtraceInterceptor();

  std::string_view name() const override { return "ptrace"; }
  int fd() const override { return child_signals_.get(); }  // never hangs up
  absl::StatusOr<std::optional<SyscallEvent>> Receive() override;
  bool StillHeld(uint64_t id) const override;
  bool waits_killably() const override { return true; }
  void Lend(uint64_t id, UniqueFd fd, OnLent done) override;
  absl::Status Send(const SyscallEvent& event, Reply reply) override;
  bool traces() const override { return true; }
  void set_on_stop(const OnStop& on_stop) override { on_stop_ = on_stop; }

 private:
  enum class Doing : uint8_t {
    kRunning,
    kHeld,       // before its call, which is being judged
    kReceiving,  // a descriptor is handed over, or waits for its turn
    kWithdrawn,  // its call was taken back for a signal's sake, and has to come to its end
  };
  struct Tracee {
    Doing doing = Doing::kRunning;
    uint64_t id = 0;  // of the call that it is, or was last, held in
    CallAtStop call;
    int32_t process = 0;  // its thread group, once somebody asked
    std::unique_ptr<DescriptorHandover> handover;
    std::shared_ptr<DescriptorChannel> locked;     // by its handover
    std::shared_ptr<DescriptorChannel> inherited;  // from whoever started it
    std::optional<Reply> deferred;                 // until another thread's exec is over
    OnLent lent;                                   // set: it stands before its call again after the handover
  };

  void Collect();
  std::optional<SyscallEvent> OnStopOf(const TraceeStop& stop);
  std::optional<SyscallEvent> OnCall(int32_t tid);
  void OnExec(int32_t tid);
  void OnFork(int32_t tid);
  void Forget(int32_t tid);
  void GoOn(int32_t tid, const WaitStatus& status);

  // While a thread execs, the number of its leader may become its own at any moment, and nothing may be done to the
  // others.
  bool WaitsForExec(int32_t tid, Tracee& tracee) const;
  void ExecIsOver(int32_t tid, Tracee& tracee, bool failed);

  Tracee* HeldIn(uint64_t id, int32_t* tid);
  absl::Status Answer(int32_t tid, Tracee& tracee, Reply& reply);
  absl::Status Continue(int32_t tid, Tracee& tracee);
  absl::Status Skip(int32_t tid, Tracee& tracee, int64_t result);
  absl::Status Withdraw(int32_t tid, Tracee& tracee);
  absl::Status EndWithdrawn(int32_t tid, Tracee& tracee);
  int32_t ProcessOf(int32_t tid, Tracee& tracee) const;
  void Hand(int32_t tid, Tracee& tracee, UniqueFd fd, bool close_on_exec, DescriptorHandover::Then then);
  void StartHandover(int32_t tid, Tracee& tracee);
  void EndHandover(int32_t tid, Tracee& tracee);
  void Lent(int32_t tid, Tracee& tracee, absl::StatusOr<int> number);
  void Unlock(int32_t tid, Tracee& tracee);
  void UseNext(const std::shared_ptr<DescriptorChannel>& channel);

  UniqueFd child_signals_;
  absl::flat_hash_map<int32_t, std::unique_ptr<Tracee>> tracees_;              // by thread
  absl::flat_hash_map<uint64_t, int32_t> held_;                                // threads by the id of their call
  absl::flat_hash_map<int32_t, std::shared_ptr<DescriptorChannel>> channels_;  // by process
  absl::flat_hash_map<int32_t, int32_t> execs_;                           // threads whose execve goes on, by process
  absl::flat_hash_map<int32_t, std::vector<TraceeStop>> deferred_stops_;  // by process, until its exec is over
  std::deque<TraceeStop> stops_;  // at most one a thread and round, so that nobody is overtaken for ever
  uint64_t last_id_ = 0;
  OnStop on_stop_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_PTRACE_INTERCEPTOR_H_
