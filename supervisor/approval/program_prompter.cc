#include "supervisor/approval/program_prompter.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

// One way, and of sockets: a pipe could be opened anew by whoever finds it in /proc/PID/fd, and an answer put into it.
struct Pipe {
  UniqueFd read, write;
};
absl::StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) return ErrnoStatus("socketpair");
  Pipe pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
  if (shutdown(pipe.read.get(), SHUT_WR) < 0) return ErrnoStatus("shutdown");
  return pipe;
}

// Ours alone: the program's end stays blocking, as programs expect.
absl::Status SetNonBlocking(int fd) {
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0) return ErrnoStatus("fcntl(F_SETFL)");
  return absl::OkStatus();
}

// Signals as a program finds them after a login: nothing blocked, nothing ignored but what the person chose.
absl::Status SetAttributes(posix_spawnattr_t* attributes) {
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGTTIN, SIGTTOU, SIGWINCH})
    sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setsigdefault(attributes, &defaults);
  posix_spawnattr_setpgroup(attributes, 0);
  const int error =
      posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  return error == 0 ? absl::OkStatus() : ErrnoStatus("posix_spawnattr_setflags", error);
}

}  // namespace

ProgramPrompter::ProgramPrompter(EventLoop& loop, Options options)
    : loop_(loop), options_(std::move(options)), name_(Cat("approver:", BaseName(options_.command.front()))) {}

absl::StatusOr<std::unique_ptr<ProgramPrompter>> ProgramPrompter::Start(EventLoop& loop, Options options) {
  if (options.command.empty() || options.command.front().empty()) {
    return absl::InvalidArgumentError("an approver needs a program: --approver PROG");
  }
  std::unique_ptr<ProgramPrompter> prompter(new ProgramPrompter(loop, std::move(options)));
  USHER_RETURN_IF_ERROR(prompter->Spawn());
  std::array<char, 16> nonce{};
  if (getrandom(nonce.data(), nonce.size(), 0) < 0) return ErrnoStatus("getrandom");
  prompter->pipe_->Send(HelloLine(prompter->options_.session, std::string_view(nonce.data(), nonce.size())));
  return prompter;
}

absl::Status ProgramPrompter::Spawn() {
  USHER_ASSIGN_OR_RETURN(Pipe to_program, MakePipe());
  USHER_ASSIGN_OR_RETURN(Pipe from_program, MakePipe());
  USHER_RETURN_IF_ERROR(SetNonBlocking(to_program.write.get()));
  USHER_RETURN_IF_ERROR(SetNonBlocking(from_program.read.get()));

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_program.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_program.write.get(), STDOUT_FILENO);
  // Ours are CLOEXEC already; what we were given by whoever started us may not be.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  absl::Status prepared = SetAttributes(&attributes);
  int error = 0;
  if (prepared.ok()) {
    std::vector<char*> argv;
    for (std::string& argument : options_.command) argv.push_back(argument.data());
    argv.push_back(nullptr);
    error = posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  USHER_RETURN_IF_ERROR(prepared);
  if (error != 0) {
    pid_ = -1;
    return ErrnoStatus(Cat("start the approver \"", Escape(options_.command.front()), "\""), error);
  }
  // Its end of its output tells us first as a rule, but a descendant may keep that open.
  USHER_ASSIGN_OR_RETURN(pidfd_, PidfdOpen(pid_));
  USHER_RETURN_IF_ERROR(loop_.Watch(pidfd_.get(), EPOLLIN, [this](uint32_t) { Gone("it ended"); }));
  pipe_ = std::make_unique<LinePipe>(
      loop_, std::move(from_program.read), std::move(to_program.write), [this](std::string_view line) { OnLine(line); },
      [this](std::string_view why) { Gone(why); });
  return pipe_->Start();
}

ProgramPrompter::~ProgramPrompter() {
  loop_.Cancel(ping_timer_);
  pipe_.reset();
  if (pidfd_) loop_.Unwatch(pidfd_.get());
  if (pid_ <= 0) return;
  // Not yet reaped by us, so the number is still this program's (or nobody's, if someone else reaped it).
  if (waitpid(pid_, nullptr, WNOHANG) != 0) return;
  kill(-pid_, SIGTERM);
  for (int i = 0; i < 20; ++i) {
    const timespec pause{.tv_sec = 0, .tv_nsec = 5'000'000};
    nanosleep(&pause, nullptr);
    if (waitpid(pid_, nullptr, WNOHANG) != 0) return;
  }
  kill(-pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ProgramPrompter::Show(const PromptRequest& request, OnAnswer on_answer) {
  if (!Live()) return;
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(EventLoop::Clock::now() - request.asked_at);
  auto [it, is_new] = shown_.try_emplace(request.id, Shown{request, on_answer});
  if (!is_new) it->second = {request, std::move(on_answer)};
  pipe_->Send(is_new ? RequestLine(request, request.hold - age) : UpdateLine(request));
}

void ProgramPrompter::Withdraw(std::string_view request_id, std::string_view reason) {
  auto it = shown_.find(request_id);
  if (it == shown_.end()) return;
  shown_.erase(it);
  if (Live()) pipe_->Send(WithdrawnLine(request_id, reason));
}

void ProgramPrompter::Resolved(const Outcome& outcome) {
  if (Live()) pipe_->Send(ResolvedLine(outcome));
}

bool ProgramPrompter::Notice(std::string_view text) {
  if (Live()) pipe_->Send(NoticeLine(text));
  return false;
}

void ProgramPrompter::OnLine(std::string_view line) {
  if (ping_timer_ != 0) AwaitPing();
  const auto frame = ParseApproverFrame(line);
  if (!frame.ok()) {
    // It may have been meant as an answer. The question stays and runs out: a deny, by nobody's leave.
    if (options_.on_notice) options_.on_notice(Cat(name_, ": ", frame.status().message()));
    return;
  }
  if (std::holds_alternative<PingFrame>(*frame)) AwaitPing();
  if (const auto* decision = std::get_if<DecisionFrame>(&*frame)) OnDecision(*decision);
}

void ProgramPrompter::OnDecision(const DecisionFrame& decision) {
  auto it = shown_.find(decision.id);
  if (it == shown_.end()) return;  // settled in the meantime
  const Shown shown = std::move(it->second);
  shown_.erase(it);
  shown.on_answer(ToAnswer(decision, shown.request, name_));
}

void ProgramPrompter::AwaitPing() {
  loop_.Cancel(ping_timer_);
  ping_timer_ = loop_.After(options_.ping, [this] { Gone("it stopped sending pings"); });
}

void ProgramPrompter::Gone(std::string_view why) {
  if (pipe_ == nullptr) return;
  loop_.Unwatch(pidfd_.get());
  loop_.Cancel(ping_timer_);
  if (options_.on_notice) options_.on_notice(Cat(name_, " is gone: ", why));
  // We may be inside one of the pipe's own calls.
  loop_.Defer([pipe = std::shared_ptr<LinePipe>(std::move(pipe_))] {});
  // With nobody to take the news, what it was shown is denied from here; otherwise another channel may still answer.
  auto shown = std::exchange(shown_, {});
  if (on_gone()) return on_gone()();
  for (auto& [id, question] : shown) {
    question.on_answer({.request = id, .digest = question.request.digest, .choice = Choice::kDeny, .by = name_});
  }
}

}  // namespace usher
