#include "supervisor/sandbox.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "policies/escape.h"
#include "policies/ruleset.h"
#include "policies/text.h"
#include "supervisor/approval/program_prompter.h"
#include "supervisor/approval/terminal.h"
#include "supervisor/approval/tty_prompter.h"
#include "supervisor/audit/receipt.h"
#include "supervisor/cli/state_paths.h"
#include "supervisor/command_lookup.h"
#include "supervisor/confine/floor.h"
#include "supervisor/confine/host_tier.h"
#include "supervisor/confine/launcher.h"
#include "supervisor/confine/private_temp.h"
#include "supervisor/intercept/interceptor.h"
#include "supervisor/kernel/directory.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/monitor.h"
#include "supervisor/own_process.h"
#include "supervisor/policy_layers.h"
#include "supervisor/result.h"
#include "supervisor/run_words.h"
#include "supervisor/sandbox_terminal.h"
#include "supervisor/surroundings.h"
#include "supervisor/syscalls/numbers.h"

namespace usher {
namespace {

constexpr std::chrono::milliseconds kGrace{3000};  // between a polite signal and the end of everything
constexpr int kMaxWorkers = 512;                   // threads that mostly wait

int Complain(int code, std::string_view what) {
  std::fprintf(stderr, "usher: %.*s\n", static_cast<int>(what.size()), what.data());
  return code;
}

int CannotLog(const absl::Status& why) {
  return Complain(kExitUsher, Concat("cannot keep a log: ", FromAbsl(why.message()),
                                     "; set USHER_STATE to a directory you can write"));
}

std::string NewRunId() {
  uint32_t random = 0;
  if (getrandom(&random, sizeof(random), 0) != sizeof(random)) random = static_cast<uint32_t>(getpid());
  char text[16];
  std::snprintf(text, sizeof(text), "s-%08x", random);
  return text;
}

int64_t MillisecondsNow() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

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

class Run {
 public:
  explicit Run(const RunOptions& options) : options_(options) {}

  int Go() {
    signals_before_ = ProtectOurselves();
    const int code = Walk();
    interception_.reset();  // of a run that did not come to be
    return code;
  }

 private:
  int Walk() {
    if (const int code = Prepare(); code != 0) return code;
    if (const int code = StartLaunch(); code != 0) return code;
    if (const int code = PreparePolicy(); code != 0) return code;
    if (const int code = Confine(); code != 0) return code;
    if (const int code = PrepareRecords(); code != 0) return code;
    PrepareMonitor();
    if (const int code = AwaitCommand(); code != 0) return code;
    if (const int code = Supervise(); code != 0) return code;
    return Conclude();
  }

  int Prepare();
  int StartLaunch();
  int Confine();
  int AwaitCommand();
  int TakeHome(Intercepted run);
  int RefuseLaunch(const absl::Status& why);
  absl::StatusOr<Intercepted> AwaitStatic();
  void DescribeEngine(const Intercepted& run);
  bool LogsReads() const;
  FloorUse UseOfFloor() const;
  void RememberReach(Floor& floor);
  void RememberTemporary();
  int Supervise();
  int Conclude();

  void PrepareMonitor();
  void StartMonitor();
  void DescribeRun();
  int PreparePolicy();
  int PrepareRecords();
  int StartLog();
  void AddPrompters();
  void HearSignals();
  void OnSignal(const signalfd_siginfo& info);
  void OnCommandEnd();
  void EndEverything();
  void SaveReceipt();
  void Say(const std::string& text);
  void PrintBanner();

  const RunOptions& options_;
  int64_t started_ = MillisecondsNow();
  SignalsBefore signals_before_{};
  Surroundings around_;
  const std::string temporary_ = NamePrivateTemp();
  std::optional<Ruleset> rules_;
  std::string program_;
  RunInfo info_;
  RunPaths paths_;
  RunEnd end_;
  std::optional<AuditLog> log_;
  std::optional<GrantStore> grants_;
  Summary summary_;

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

int Run::Prepare() {
  const bool wants_static = options_.mechanism == Mechanism::kStatic;
  if (wants_static && !options_.allow_degraded) {
    return Complain(kExitUsher, "--mechanism=static holds no call: it needs --allow-degraded");
  }
  auto around = LookAround(options_.workspace);
  if (!around.ok()) return Complain(kExitUsher, FromAbsl(around.status().message()));
  around_ = *std::move(around);

  const char* variable = std::getenv("PATH");
  const std::string path = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  if (!options_.approver.empty()) {
    for (std::string& name : NamesOfProgram(LookUpCommand(options_.approver, path).path)) {
      around_.own_programs.push_back(std::move(name));
    }
  }
  const CommandLookup command = LookUpCommand(options_.command[0], path);
  if (command.path.empty()) {
    const std::string name = Escape(options_.command[0]);
    if (command.found_unusable) {
      return Complain(kExitCannotRun, Concat(name, ": found, but it may not be run; chmod +x it, or name a program"));
    }
    return Complain(kExitNotFound, Concat(name, ": command not found; check the spelling and $PATH"));
  }
  program_ = command.path;
  DescribeRun();
  return 0;
}

int Run::PreparePolicy() {
  if (options_.gate != Gate::kShut) {
    gated_.emplace();
    gated_->Begin();
  }
  auto layers = ReadPolicyLayers(around_, temporary_, options_.policy);
  if (!layers.ok()) return Complain(kExitPolicy, FromAbsl(layers.status().message()));
  for (const Policy& layer : *layers) {
    info_.policy.push_back(layer.digest.empty() ? layer.origin : Concat(layer.origin, " sha256:", layer.digest));
    for (const EnvironmentRule& rule : layer.environment) {
      if (!rule.pass) info_.masked_names.emplace_back(std::string_view(rule.pattern));
    }
  }
  rules_.emplace(*std::move(layers));
  return 0;
}

void Run::DescribeRun() {
  info_.id = NewRunId();
  info_.argv = options_.command;
  info_.workspace = around_.workspace;
  info_.user = around_.user;
  info_.host = around_.host;
  info_.started_unix_ms = started_;
}

int Run::PrepareRecords() {
  paths_ = PathsOfRun(around_.state, info_.id);
  if (absl::Status status = MakeDirectories(paths_.directory); !status.ok()) {
    return CannotLog(status);
  }
  auto grants = GrantStore::Open(GrantsDirectory(around_.state), around_.workspace);
  if (!grants.ok()) return Complain(kExitPolicy, FromAbsl(grants.status().message()));
  grants_.emplace(*std::move(grants));
  return 0;
}

// What holds this run, and what it lacks: for the banner, the log and the receipt.
void Run::DescribeEngine(const Intercepted& run) {
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

bool Run::LogsReads() const {
  const std::vector<Policy>& layers = rules_->layers();
  return std::any_of(layers.begin(), layers.end(), [](const Policy& layer) { return layer.log_reads; });
}

// Who wants every read in the log wants each of them judged.
FloorUse Run::UseOfFloor() const {
  if (options_.gate == Gate::kShut || LogsReads()) return FloorUse::kRunning;
  return options_.gate == Gate::kWide ? FloorUse::kRunningAndReading : FloorUse::kRunningAndSystem;
}

void Run::RememberReach(Floor& floor) {
  floor_reach_.emplace(*rules_);
  for (UniqueFd& directory : floor.movable) floor_reach_->AddDirectory(std::move(directory));
  for (const auto& [device, inode] : floor.files) floor_reach_->AddFile(device, inode);
  spares_.emplace(*rules_, *floor_reach_);
  if (!around_.workspace.empty()) {
    spares_->Make(around_.workspace, floor.ruleset.get(), FloorRule{.read = true, .run = true}.Access());
  }
}

void Run::RememberTemporary() {
  UniqueFd temporary(open(temporary_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // which was made meanwhile
  if (temporary) floor_reach_->AddDirectory(std::move(temporary));
}

int Run::StartLaunch() {
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
  return 0;
}

int Run::Confine() {
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

// The weakest tier: a floor that gives writes too, and a filter that holds no call.
absl::StatusOr<Intercepted> Run::AwaitStatic() {
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

// What the monitor stands on, while the command shuts itself in.
void Run::PrepareMonitor() {
  (void)RowByNumber::Native();
  workers_.emplace(loop_, kMaxWorkers);
  names_.emplace(loop_, around_.name_servers);
  approvals_.emplace(
      loop_, *grants_, LadderContext{around_.home, around_.workspace},
      [this](const Operation& operation) { return monitor_->Judge(operation); },
      Approvals::Limits{.hold = std::chrono::seconds(rules_->layers().back().hold_seconds)});
  approvals_->set_on_notice([this](const std::string& text) { Say(text); });
}

int Run::AwaitCommand() {
  // What the sandbox may not do, Usher does not do for it; and what the host gives is tried without these rights too.
  (void)DropCapabilities();
  const bool asked_for_static = options_.mechanism == Mechanism::kStatic;
  auto run = asked_for_static ? AwaitStatic() : interception_->Await();
  if (absl::IsUnimplemented(run.status()) && !asked_for_static && options_.mechanism == Mechanism::kStrongest &&
      options_.allow_degraded) {
    run = AwaitStatic();
  }
  if (!run.ok()) return RefuseLaunch(run.status());
  return TakeHome(*std::move(run));
}

int Run::RefuseLaunch(const absl::Status& why) {
  if (absl::IsFailedPrecondition(why) && !LacksListener(why)) {
    return Complain(kExitUsher, Concat("cannot make a private temporary directory: ", FromAbsl(why.message()),
                                       "; set TMPDIR to a directory you can write"));
  }
  if (absl::IsUnimplemented(why))
    return Complain(kExitHostLacks, Concat(WhyNotHere(), " (", FromAbsl(why.message()), ")"));
  return Complain(kExitHostLacks, Concat("cannot confine the command: ", FromAbsl(why.message()),
                                         "; `usher doctor` says what this host lacks and how to mend it"));
}

int Run::TakeHome(Intercepted run) {
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

void Run::AddPrompters() {
  const bool may_ask = !options_.unattended && info_.watched;
  if (terminals_.tty && (may_ask || terminals_.master)) {
    auto terminal = Terminal::Create(loop_, std::move(terminals_.tty), std::move(terminals_.master));
    if (terminal.ok()) {
      terminal_ = *std::move(terminal);
      (void)terminal_->Start();
      if (may_ask)
        approvals_->AddPrompter(
            std::make_unique<TtyPrompter>(loop_, *terminal_, TtyPrompter::Options{.home = around_.home}));
    }
  }
  if (options_.approver.empty() || !info_.watched) return;
  auto program = ProgramPrompter::Start(loop_, {.command = {options_.approver},
                                                .session = info_.id,
                                                .on_notice = [this](const std::string& text) { Say(text); }});
  if (program.ok()) {
    approvals_->AddPrompter(*std::move(program));
  } else {
    Say(Concat("usher: the approver cannot be started: ", FromAbsl(program.status().message()),
               "; every question will be denied"));
  }
}

int Run::StartLog() {
  auto log = AuditLog::Create(paths_.events, info_);
  if (!log.ok()) {
    EndEverything();
    return CannotLog(log.status());
  }
  log_.emplace(*std::move(log));
  return 0;
}

int Run::Supervise() {
  AddPrompters();
  if (info_.watched) StartMonitor();
  HearSignals();
  (void)loop_.Watch(launched_.ends.get(), EPOLLIN, [this](uint32_t) { OnCommandEnd(); });
  PrintBanner();
  if (absl::Status status = monitor_ ? monitor_->Start() : absl::OkStatus(); !status.ok()) {
    EndEverything();
    return Complain(kExitUsher, Concat("cannot supervise the command: ", FromAbsl(status.message())));
  }
  loop_.Run();
  return 0;
}

void Run::StartMonitor() {
  monitor_.emplace(
      Monitor::House{loop_, *interceptor_, *rules_, *grants_, *approvals_, *log_, summary_, *processes_, belongings_,
                     *workers_, *names_, info_.gate ? &*gated_ : nullptr, floor_reach_ ? &*floor_reach_ : nullptr,
                     spares_ ? &*spares_ : nullptr},
      LogsReads(),
      Monitor::Callbacks{[this] { OnCommandEnd(); },
                         [this] {
                           end_.ended_by = "the person (stop the agent)";
                           EndEverything();
                         },
                         [this](const std::string& text) { Say(text); }});
  monitor_->ExpectFirstExec(launched_.command);
}

void Run::HearSignals() {
  sigset_t heard = HeardSignals();
  if (interceptor_ && interceptor_->traces()) sigdelset(&heard, SIGCHLD);  // the tracer's own
  signals_.reset(signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK));
  (void)loop_.Watch(signals_.get(), EPOLLIN, [this](uint32_t) {
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) OnSignal(info);
  });
}

void Run::OnSignal(const signalfd_siginfo& info) {
  const int signal = static_cast<int>(info.ssi_signo);
  switch (signal) {
    case SIGCHLD:
      if (monitor_) monitor_->OnChildSignal();
      return;
    case SIGWINCH:
      if (terminal_) terminal_->Resize();
      return;
    case SIGTSTP:
      StopLikeAnybody();
      return;
    case SIGCONT:
      if (terminal_) terminal_->Continue();
      return;
    default:
      break;
  }
  // Ends by signal are the command's first; a second one, or its deafness, ends everything.
  if (ending_ || !end_.ended_by.empty()) return EndEverything();
  end_.ended_by = Concat("SIG", sigabbrev_np(signal));
  kill(-launched_.command, signal);
  if (signal != SIGINT) loop_.After(kGrace, [this] { EndEverything(); });
}

// What the keeper says: the command ended; later, by end of file: nobody is left.
void Run::OnCommandEnd() {
  CommandEnd end;
  const ssize_t got = read(launched_.ends.get(), &end, sizeof(end));
  if (got == sizeof(end)) {
    command_ended_ = true;
    end_.exit_code = WIFEXITED(end.wait_status) ? WEXITSTATUS(end.wait_status) : 128 + WTERMSIG(end.wait_status);
    end_.cpu_ms = end.cpu_us / 1000;
    end_.max_rss_kb = end.max_rss_kb;
    return EndEverything();  // what it left running ends with it (rule 16)
  }
  if (got == 0) {
    loop_.Unwatch(launched_.ends.get());
    loop_.Stop();
  }
}

void Run::EndEverything() {
  if (launched_.keeper < 0 || ending_) return;
  ending_ = true;
  kill(launched_.keeper, SIGTERM);
}

int Run::Conclude() {
  int status = SIGKILL;  // so it is taken for, should the kernel not say
  waitpid(launched_.keeper, &status, 0);
  if (!WIFEXITED(status)) RemovePrivateTemp(temporary_);  // the keeper has, unless somebody killed it
  if (!command_ended_) end_.exit_code = 128 + SIGKILL;    // somebody killed the keeper, and with it went the command
  if (terminal_) terminal_->Drain();
  if (monitor_) end_.held_calls = monitor_->held_calls();
  monitor_.reset();
  approvals_.reset();
  workers_.reset();
  terminal_.reset();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  end_.supervisor_cpu_ms =
      (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
  end_.wall_ms = MillisecondsNow() - started_;
  (void)grants_->Flush();
  (void)log_->AppendEvent("run.end", Concat("\"exit\":", end_.exit_code), std::chrono::system_clock::now());

  SaveReceipt();
  const bool denied = !summary_.denied().empty(), asked = !summary_.asked().empty() || denied;
  if (options_.fail_on == FailOn::kDeny && denied) return kExitDenied;
  if (options_.fail_on == FailOn::kAsk && asked) return kExitDenied;
  return end_.exit_code;
}

void Run::SaveReceipt() {
  std::vector<Grant> alive;  // session grants end with the run
  for (const Grant& grant : grants_->current()) {
    if (grant.life == GrantLife::kProject) alive.push_back(grant);
  }
  const ReceiptInput input{.run = info_,
                           .end = end_,
                           .summary = summary_,
                           .rules = *rules_,
                           .grants_alive = std::move(alive),
                           .log_lines = log_->lines(),
                           .log_dropped = log_->dropped(),
                           .log_head = log_->head(),
                           .log_path = log_->path(),
                           .home = around_.home};
  const std::string markdown = ReceiptMarkdown(input);
  absl::Status saved = WriteNewFile(paths_.receipt_markdown, markdown);
  if (saved.ok()) saved = WriteNewFile(paths_.receipt_json, ReceiptJson(input));
  if (saved.ok() && !options_.receipt.empty() && options_.receipt != "-") saved = WriteFile(options_.receipt, markdown);
  if (!saved.ok()) Complain(0, Concat("the receipt could not be saved: ", FromAbsl(saved.message())));
  if (options_.receipt == "-") {
    std::fwrite(markdown.data(), 1, markdown.size(), stderr);
  } else if (!options_.quiet && (!summary_.asked().empty() || !summary_.denied().empty())) {
    Complain(0, Concat(summary_.asked().size(), " asked, ", summary_.denied().size(), " denied; `usher receipt show ",
                       info_.id, "` has it all"));
  }
}

void Run::Say(const std::string& text) {
  if (terminal_) return terminal_->Write(Concat(text, "\n"));
  std::fprintf(stderr, "%s\n", text.c_str());
}

void Run::PrintBanner() {
  if (options_.quiet || !terminal_) return;
  const char* rest = !info_.watched                ? "refused, and hosts too"
                     : approvals_->SomebodyThere() ? "and hosts → asks"
                                                   : "and hosts → denied, for nobody can be asked";
  Say(Concat("usher: writes → ",
             around_.workspace.empty() ? "only $TMPDIR (start in a project to write there)" : Escape(around_.workspace),
             ", $TMPDIR · the rest of home ", rest, " · secrets hidden · run ", info_.id));
}

}  // namespace

// Never destroyed: the process ends when the run does, and its memory with it.
int RunSandbox(const RunOptions& options) { return (new Run(options))->Go(); }

}  // namespace usher
