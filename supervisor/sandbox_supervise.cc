// What happens while the command of a run lives?

#include "supervisor/sandbox_run.h"

#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "policies/escape.h"
#include "policies/idle_rules.h"
#include "policies/text.h"
#include "supervisor/approval/program_prompter.h"
#include "supervisor/approval/tty_prompter.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/result.h"
#include "supervisor/syscalls/numbers.h"

namespace usher {
namespace {

constexpr std::chrono::milliseconds kGrace{3000};  // between a polite signal and the end of everything
constexpr int kMaxWorkers = 512;                   // threads that mostly wait

}  // namespace

// What the monitor stands on, while the command shuts itself in.
void SandboxRun::PrepareMonitor() {
  (void)RowByNumber::Native();
  workers_.emplace(loop_, kMaxWorkers);
  names_.emplace(loop_, around_.name_servers);
  approvals_.emplace(
      loop_, *grants_, LadderContext{around_.home, around_.workspace},
      [this](const Operation& operation) { return monitor_->Judge(operation); },
      Approvals::Limits{.hold = std::chrono::seconds(rules_->HoldSeconds())});
  approvals_->set_on_notice([this](const std::string& text) { Say(text); });
}

int SandboxRun::Supervise() {
  AddPrompters();
  if (info_.watched) StartMonitor();
  PrintBanner();
  if (absl::Status status = Listen(); !status.ok()) {
    EndEverything();
    return Complain(kExitUsher, Concat("cannot supervise the command: ", FromAbsl(status.message())));
  }
  loop_.Run();
  return 0;
}

void SandboxRun::AddPrompters() {
  const bool may_ask = !options_.unattended && info_.watched && !terminals_.in_background;
  if (terminals_.tty && (may_ask || terminals_.master)) {
    auto terminal = Terminal::Create(loop_, std::move(terminals_.tty), std::move(terminals_.master));
    if (terminal.ok()) {
      terminal_ = *std::move(terminal);
      (void)terminal_->Start();
      if (may_ask)
        approvals_->AddPrompter(
            std::make_unique<TtyPrompter>(loop_, *terminal_, TtyPrompter::Options{.colour = ColourWanted(), .home = around_.home}));
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

void SandboxRun::StartMonitor() {
  monitor_.emplace(Monitor::House{loop_, *interceptor_, *rules_, *grants_, *approvals_, *log_, *summary_, *processes_,
                                  belongings_, *workers_, *names_, info_.gate ? &*gated_ : nullptr,
                                  floor_reach_ ? &*floor_reach_ : nullptr, spares_ ? &*spares_ : nullptr},
                   LogsReads(),
                   Monitor::Callbacks{[this] { OnCommandEnd(); },
                                      [this] {
                                        end_.ended_by = "the person (stop the agent)";
                                        EndEverything();
                                      },
                                      [this](const std::string& text) { Say(text); }});
  monitor_->ExpectFirstExec(launched_.command);
}

// To the command, to signals and to calls: whoever is deaf to one of them supervises nothing.
absl::Status SandboxRun::Listen() {
  USHER_RETURN_IF_ERROR(HearSignals());
  USHER_RETURN_IF_ERROR(loop_.Watch(launched_.ends.get(), EPOLLIN, [this](uint32_t) { OnCommandEnd(); }));
  return monitor_ ? monitor_->Start() : absl::OkStatus();
}

absl::Status SandboxRun::HearSignals() {
  sigset_t heard = HeardSignals();
  if (interceptor_ && interceptor_->traces()) sigdelset(&heard, SIGCHLD);  // the tracer's own
  signals_.reset(signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return ErrnoStatus("signalfd");
  return loop_.Watch(signals_.get(), EPOLLIN, [this](uint32_t) {
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) OnSignal(info);
  });
}

void SandboxRun::OnSignal(const signalfd_siginfo& info) {
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
void SandboxRun::OnCommandEnd() {
  CommandEnd end;
  const ssize_t got = read(launched_.ends.get(), &end, sizeof(end));
  if (got == sizeof(end)) {
    command_ended_ = true;
    end_.exit_code = WIFEXITED(end.wait_status) ? WEXITSTATUS(end.wait_status) : 128 + WTERMSIG(end.wait_status);
    end_.cpu_ms = end.cpu_us / 1000;
    end_.max_rss_kb = end.max_rss_kb;
    return EndEverything();  // what it left running ends with it: a run is over when it says so
  }
  if (got == 0) {
    loop_.Unwatch(launched_.ends.get());
    loop_.Stop();
  }
}

void SandboxRun::EndEverything() {
  if (launched_.keeper < 0 || ending_) return;
  ending_ = true;
  kill(launched_.keeper, SIGTERM);
}

void SandboxRun::Say(const std::string& text) {
  if (terminal_) return terminal_->Write(Concat(text, "\n"));
  std::fprintf(stderr, "%s\n", text.c_str());
}

void SandboxRun::PrintBanner() {
  if (options_.quiet) return;
  if (const size_t idle = IdleRulesOf(*rules_).size(); idle > 0) {
    Say(Concat("usher: .usher.toml: ", idle, idle == 1 ? " rule loosens" : " rules loosen",
               " nothing, for a project's file may only tighten; see usher policy check"));
  }
  if (!terminal_) return;
  const char* rest = !info_.watched                ? "refused, and hosts too"
                     : approvals_->SomebodyThere() ? "and hosts → asks"
                                                   : "and hosts → denied, for nobody can be asked";
  Say(Concat("usher: writes → ",
             around_.workspace.empty() ? "only $TMPDIR (start in a project to write there)"
                                       : Concat(Escape(around_.workspace), ", $TMPDIR"),
             " · the rest of home ", rest, " · secrets hidden · run ", info_.id));
}

}  // namespace usher
