// The walk of a held call through the house: receive, decode, locate, decide, enact, reply. Once, front to back.

#ifndef USHER_SUPERVISOR_MONITOR_H_
#define USHER_SUPERVISOR_MONITOR_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "policies/ruleset.h"
#include "supervisor/approval/approvals.h"
#include "supervisor/approval/grant_store.h"
#include "supervisor/audit/log.h"
#include "supervisor/audit/summary.h"
#include "supervisor/broker/enactment.h"
#include "supervisor/broker/workers.h"
#include "supervisor/exec_guard.h"
#include "supervisor/floor_reach.h"
#include "supervisor/gated_libraries.h"
#include "supervisor/intercept/interceptor.h"
#include "supervisor/kernel/event_loop.h"
#include "supervisor/lost_answers.h"
#include "supervisor/name_book.h"
#include "supervisor/recorder.h"
#include "supervisor/spare_programs.h"
#include "supervisor/syscalls/numbers.h"
#include "supervisor/tracee/belongings.h"
#include "supervisor/tracee/process_table.h"

namespace usher {

// Calls that change names and are at work on a thread, and those that wait until none is (monitor_turns.cc).
struct NameTurns {
  int at_work = 0;
  std::vector<uint64_t> waiting;                   // ids of held calls
  std::function<void(std::vector<uint64_t>)> go_on;  // empty when the monitor is gone
};

class Monitor {
 public:
  // Everything is borrowed and outlives the monitor.
  struct House {
    EventLoop& loop;
    Interceptor& interceptor;
    const Ruleset& rules;
    GrantStore& grants;
    Approvals& approvals;
    AuditLog& log;
    Summary& summary;
    ProcessTable& processes;
    Belongings& belongings;
    Workers& workers;
    NameBook& names;
    GatedLibraries* gated = nullptr;  // these three of a run with a gate
    const FloorReach* floor_reach = nullptr;
    SparePrograms* spares = nullptr;
  };
  struct Callbacks {
    std::function<void()> on_empty;                      // no process of the sandbox is left
    std::function<void()> on_stop;                       // the person stopped the agent
    std::function<void(const std::string&)> on_trouble;  // something to say on the terminal, once
  };

  Monitor(House house, bool log_reads, Callbacks callbacks);
  ~Monitor();

  absl::Status Start();
  void OnChildSignal();
  Decision Judge(const Operation& operation);

  uint64_t held_calls() const { return held_calls_; }

  // The first command's own exec is the person's, whatever the policy says of it.
  void ExpectFirstExec(int32_t tid) { first_exec_ = tid; }

 private:
  struct Held;  // a call on its way through the house

  void OnReadable(uint32_t epoll_events);
  void Handle(const SyscallEvent& event);
  absl::Status Understand(Held& held);
  void GoOn(std::shared_ptr<Held> held);
  bool NameDestinations(const std::shared_ptr<Held>& held);
  void Decide(std::shared_ptr<Held> held);
  void Ask(const std::shared_ptr<Held>& held, size_t index, const Decision& decision);
  void Refuse(Held& held, size_t index, const Decision& decision);
  void Allow(std::shared_ptr<Held> held);
  bool ExecIsUnderWay(const Held& held) const;
  void WaitForOtherExec(std::shared_ptr<Held> held);
  void AskCaller(std::shared_ptr<Held> held);
  void ForgetUncalledLater();
  void RepeatExec(const SyscallEvent& event);
  void RunOnWorker(std::shared_ptr<Held> held, BlockingCall call, bool changes_names);
  bool MayChangeNamesNow(std::shared_ptr<Held>& held);
  bool NamesAreAsJudged(const Held& held) const;
  void TakeTurns(std::vector<uint64_t> waiting);
  void StartAgain(Held& held);
  void Settle(std::shared_ptr<Held> held, CallResult result);
  void AwaitConnect(std::shared_ptr<Held> held, UniqueFd socket);
  void Finish(Held& held, CallResult result);
  bool WriteBackTo(const Held& held, const std::vector<WriteBack>& writes) const;
  bool Record(const Held& held, size_t index, const Decision& decision, int error, bool done);
  void Send(const Held& held, Reply reply);
  bool AnswerAgain(Held& held);
  bool TellAgain(Held& held, LostAnswers::Answer& lost, LostAnswers::Clock::time_point now);
  bool SignalsComeTo(const SyscallEvent& event);
  std::shared_ptr<Held> Unpark(uint64_t id);
  void Forget(uint64_t id);
  void LookAfterParked();

  House house_;
  Callbacks callbacks_;
  Recorder recorder_;
  const RowByNumber& rows_ = RowByNumber::Native();
  ExecGuard guard_;
  LostAnswers lost_answers_;
  LostAnswers::Clock::time_point last_watch_{};
  absl::flat_hash_map<uint64_t, std::shared_ptr<Held>> parked_;
  const std::shared_ptr<NameTurns> turns_ = std::make_shared<NameTurns>();
  EventLoop::TimerId sweep_ = 0, forgetting_ = 0;
  int32_t first_exec_ = 0;
  uint64_t held_calls_ = 0;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_MONITOR_H_
