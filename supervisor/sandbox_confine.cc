// How is the command of a run started and shut in?

#include "supervisor/sandbox_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "policies/text.h"
#include "supervisor/confine/host_tier.h"
#include "supervisor/confine/launcher.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/result.h"
#include "supervisor/run_words.h"

namespace usher {
namespace {

std::vector<std::string> EnvironmentFor(const Ruleset& rules, const std::string& temporary, const std::string& run_id) {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string_view name = text.substr(0, text.find('='));
    if (name == "TMPDIR" || name == "USHER_SESSION" || !rules.PassesEnvironment(name)) continue;
    result.emplace_back(text);
  }
  result.push_back(Concat("TMPDIR=", temporary));
  result.push_back(Concat("USHER_SESSION=", run_id));
  return result;
}

}  // namespace

int SandboxRun::StartLaunch() {
  auto terminals = OpenTerminals();
  if (!terminals.ok()) {
    return Complain(kExitUsher,
                    Concat("cannot make a terminal for the sandbox: ", FromAbsl(terminals.status().message()),
                           "; close some terminals, or redirect all of stdin, stdout and stderr"));
  }
  terminals_ = *std::move(terminals);
  if (terminals_.master) belongings_.AddTerminalOfMaster(terminals_.master.get());
  LaunchRequest request;
  request.program = program_;
  request.argv = options_.command;
  request.directory = around_.directory;
  request.temporary = temporary_;
  request.terminal = terminals_.slave ? terminals_.slave.get() : -1;
  request.replace_stdio = terminals_.replace_stdio;
  request.signal_mask = signals_before_.mask;
  request.ignore_sigpipe = signals_before_.ignored_sigpipe;
  request.ignore_sigxfsz = signals_before_.ignored_sigxfsz;
  auto launch = Interception::Start(std::move(request), options_.mechanism);
  if (!launch.ok())
    return Complain(absl::IsUnimplemented(launch.status()) ? kExitHostLacks : kExitUsher,
                    Concat("cannot start a process: ", FromAbsl(launch.status().message())));
  interception_.emplace(*std::move(launch));
  GatherHeap();
  return 0;
}

// Who wants every read in the log wants each of them judged.
FloorUse SandboxRun::UseOfFloor() const {
  if (options_.gate == Gate::kShut || LogsReads()) return FloorUse::kRunning;
  return options_.gate == Gate::kWide ? FloorUse::kRunningAndReading : FloorUse::kRunningAndSystem;
}

int SandboxRun::Confine() {
  if (options_.mechanism == Mechanism::kStatic) return 0;
  const FloorUse use = UseOfFloor();
  auto floor = BuildFloor(*rules_, use, temporary_);
  if (!floor.ok()) {
    return Complain(kExitHostLacks, Concat("cannot lay the Landlock floor: ", FromAbsl(floor.status().message()),
                                           "; `usher doctor` says what this host lacks and how to mend it"));
  }
  abi_ = floor->abi;
  info_.gate = abi_ != 0 && use != FloorUse::kRunning;
  if (info_.gate) RememberReach(*floor);
  floor_ = std::move(floor->ruleset);
  Confinement confinement;
  confinement.environment = EnvironmentFor(*rules_, temporary_, info_.id);
  confinement.floor = floor_ ? floor_.get() : -1;
  confinement.floor_of_temporary = floor->temporary_access;
  if (absl::Status status = interception_->Confine(std::move(confinement), info_.gate, abi_); !status.ok()) {
    return Complain(kExitUsher, Concat("cannot confine the command: ", FromAbsl(status.message())));
  }
  return 0;
}

void SandboxRun::RememberReach(Floor& floor) {
  floor_reach_.emplace(*rules_);
  for (UniqueFd& directory : floor.movable) floor_reach_->AddDirectory(std::move(directory));
  for (const auto& [device, inode] : floor.files) floor_reach_->AddFile(device, inode);
  spares_.emplace(*rules_, *floor_reach_);
  if (!around_.workspace.empty()) {
    spares_->Make(around_.workspace, floor.ruleset.get(), FloorRule{.read = true, .run = true}.Access());
  }
}

void SandboxRun::RememberTemporary() {
  UniqueFd temporary(open(temporary_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // which was made meanwhile
  if (temporary) floor_reach_->AddDirectory(std::move(temporary));
}

// The weakest tier: a floor that gives writes too, and a filter that holds no call.
absl::StatusOr<Intercepted> SandboxRun::AwaitStatic() {
  USHER_ASSIGN_OR_RETURN(Floor floor, BuildFloor(*rules_, FloorUse::kAlone, temporary_, kPatientFloorBudget));
  if (floor.abi == 0) return absl::UnimplementedError("no Landlock, so that nothing would bound the command");
  abi_ = floor.abi;
  info_.gate = false;
  gated_.reset();
  floor_ = std::move(floor.ruleset);
  Confinement confinement;
  confinement.environment = EnvironmentFor(*rules_, temporary_, info_.id);
  confinement.floor = floor_.get();
  confinement.floor_of_temporary = floor.temporary_access;
  return interception_->AwaitStatic(std::move(confinement), abi_);
}

int SandboxRun::AwaitCommand() {
  // What the sandbox may not do, Usher does not do for it; and what the host gives is tried without these rights too.
  (void)DropCapabilities();
  const bool asked_for_static = options_.mechanism == Mechanism::kStatic;
  auto run = asked_for_static ? AwaitStatic() : interception_->Await();
  if (absl::IsUnimplemented(run.status()) && options_.mechanism == Mechanism::kStrongest && options_.allow_degraded) {
    run = AwaitStatic();
  }
  if (!run.ok()) return RefuseLaunch(run.status());
  return TakeHome(*std::move(run));
}

int SandboxRun::RefuseLaunch(const absl::Status& why) {
  if (absl::IsFailedPrecondition(why) && !LacksListener(why)) {
    return Complain(kExitUsher, Concat("cannot make a private temporary directory: ", FromAbsl(why.message()),
                                       "; set TMPDIR to a directory you can write"));
  }
  if (absl::IsUnimplemented(why))
    return Complain(kExitHostLacks, Concat(WhyNotHere(), " (", FromAbsl(why.message()), ")"));
  return Complain(kExitHostLacks, Concat("cannot confine the command: ", FromAbsl(why.message()),
                                         "; `usher doctor` says what this host lacks and how to mend it"));
}

int SandboxRun::TakeHome(Intercepted run) {
  DescribeEngine(run);
  launched_ = std::move(run.launched);
  interceptor_ = std::move(run.interceptor);
  if (options_.strict && !info_.degraded.empty()) {
    EndLaunched(launched_, temporary_);
    return Complain(kExitHostLacks, WhyNotStrict(info_.degraded));
  }
  if (!info_.watched && options_.fail_on != FailOn::kNever) {
    EndLaunched(launched_, temporary_);
    return Complain(kExitHostLacks, "--fail-on: nobody would know what is denied where no call can be judged");
  }
  interception_.reset();
  floor_.reset();
  terminals_.slave.reset();
  if (info_.gate) RememberTemporary();
  RaiseDescriptorLimit();
  processes_.emplace(launched_.keeper);
  return StartLog();
}

// What holds this run, and what it lacks: for the banner, the log and the receipt.
void SandboxRun::DescribeEngine(const Intercepted& run) {
  info_.engine = EngineText(run, info_.gate);
  info_.tier = ToString(TierOf(run.found));
  info_.watched = run.interceptor != nullptr;
  info_.degraded = NotEnforcedBy(run);
  if (!info_.watched) {
    Complain(0, "fixed limits only (--allow-degraded): no call is judged, nobody is asked, and nothing is recorded");
  } else if (options_.quiet && !run.no_listener.empty()) {
    Complain(0, Concat("calls are traced, for there is no listener: ", run.no_listener,
                       "; slower, and no debugger works inside (`usher doctor`)"));
  }
  if (options_.quiet) return;
  for (const std::string& sentence : info_.degraded) Complain(0, sentence);
}

}  // namespace usher
