// One run: what it is made of, and the steps that it goes through, each in the file named beside it. A step returns 0,
// or the exit code with which the run ends there, having said why.

#ifndef USHER_SUPERVISOR_SANDBOX_RUN_H_
#define USHER_SUPERVISOR_SANDBOX_RUN_H_

#include <sys/signalfd.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "policies/ruleset.h"
#include "supervisor/approval/approvals.h"
#include "supervisor/approval/grant_store.h"
#include "supervisor/approval/terminal.h"
#include "supervisor/audit/log.h"
#include "supervisor/audit/receipt.h"
#include "supervisor/cli/state_paths.h"
#include "supervisor/confine/floor.h"
#include "supervisor/confine/private_temp.h"
#include "supervisor/floor_reach.h"
#include "supervisor/gated_libraries.h"
#include "supervisor/intercept/interceptor.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/mechanism.h"
#include "supervisor/monitor.h"
#include "supervisor/name_book.h"
#include "supervisor/own_process.h"
#include "supervisor/sandbox.h"
#include "supervisor/sandbox_terminal.h"
#include "supervisor/spare_programs.h"
#include "supervisor/surroundings.h"

namespace usher {

class SandboxRun {
 public:
  explicit SandboxRun(const RunOptions& options) : options_(options) {}

  int Go();  // the exit code of the whole (result.h)

 private:
  int Walk();

  // sandbox_run.cc: who runs what, where, and by which rules.
  int Prepare();
  int HoldReceiptPlace();
  void DescribeRun();
  int PreparePolicy();
  int PrepareRecords();
  bool LogsReads() const;
  int StartLog();

  // sandbox_confine.cc: the command is started, and shuts itself in.
  int StartLaunch();
  int Confine();
  FloorUse UseOfFloor() const;
  void RememberReach(Floor& floor);
  void RememberTemporary();
  int AwaitCommand();
  absl::StatusOr<Intercepted> AwaitStatic();
  int RefuseLaunch(const absl::Status& why);
  int TakeHome(Intercepted run);
  void DescribeEngine(const Intercepted& run);

  // sandbox_supervise.cc: calls, questions and signals, until nobody is left.
  void PrepareMonitor();
  int Supervise();
  void AddPrompters();
  void StartMonitor();
  absl::Status Listen();
  absl::Status HearSignals();
  void OnSignal(const signalfd_siginfo& info);
  void OnCommandEnd();
  void EndEverything();
  void Say(const std::string& text);
  void PrintBanner();

  // sandbox_conclude.cc: the receipt, and the exit code.
  int Conclude();
  void SaveReceipt();

  const RunOptions& options_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  SignalsBefore signals_before_{};
  Surroundings around_;
  const std::string temporary_ = NamePrivateTemp();
  std::optional<Ruleset> rules_;
  std::string program_;
  RunInfo info_;
  RunPaths paths_;
  RunEnd end_;
  UniqueFd receipt_place_;  // the directory of --receipt, as it was before the command could put another in its place
  std::optional<AuditLog> log_;
  std::optional<GrantStore> grants_;
  std::optional<Summary> summary_;  // once it is known what it must not say

  SandboxTerminal terminals_;
  UniqueFd floor_;
  int abi_ = 0;                               // of Landlock
  std::optional<Interception> interception_;  // until the command stands on its own
  Launched launched_;
  bool command_ended_ = false, ending_ = false;

  EventLoop loop_;
  std::unique_ptr<Terminal> terminal_;
  std::optional<ProcessTable> processes_;
  Belongings belongings_;
  std::optional<Workers> workers_;
  std::optional<NameBook> names_;
  std::optional<GatedLibraries> gated_;
  std::optional<FloorReach> floor_reach_;
  std::optional<SparePrograms> spares_;
  std::unique_ptr<Interceptor> interceptor_;
  std::optional<Approvals> approvals_;
  std::optional<Monitor> monitor_;
  UniqueFd signals_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_SANDBOX_RUN_H_
