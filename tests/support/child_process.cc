#include "tests/support/child_process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "policies/text.h"
#include "tests/support/patience.h"

namespace usher {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Pipe {
  UniqueFd read, write;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) std::abort();
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
};

void Drain(UniqueFd& from, std::string& to) {
  char buffer[65536];
  const ssize_t got = read(from.get(), buffer, sizeof(buffer));
  if (got > 0) to.append(buffer, static_cast<size_t>(got));
  if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) from.reset();
}

int CodeOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

void BecomeUser(uid_t user) {
  if (getuid() == user) return;
  if (setgroups(0, nullptr) < 0 || setgid(user) < 0 || setuid(user) < 0) _exit(124);
}

void ExecuteSpec(const ProcessSpec& spec) {
  std::vector<std::string> argv = spec.argv, environment;
  for (const auto& [name, value] : spec.environment) environment.push_back(Concat(name, "=", value));
  if (chdir(spec.directory.c_str()) < 0) _exit(124);
  const auto path = spec.environment.find("PATH");
  if (path != spec.environment.end()) setenv("PATH", path->second.c_str(), 1);
  execvpe(argv[0].c_str(), Pointers(argv).data(), Pointers(environment).data());
  std::perror(argv[0].c_str());
  _exit(124);
}

ChildProcess::ChildProcess(const ProcessSpec& spec) : spec_(spec), deadline_(Clock::now() + spec.timeout * Patience()) {
  signal(SIGPIPE, SIG_IGN);
  Pipe input, output, errors;
  pid_ = fork();
  if (pid_ == 0) {
    for (const int number : {SIGPIPE, SIGINT, SIGQUIT, SIGHUP}) signal(number, SIG_DFL);  // as at a terminal
    dup2(input.read.get(), 0);
    dup2(output.write.get(), 1);
    dup2(errors.write.get(), 2);
    BecomeUser(spec_.user);
    if (spec_.before_exec) spec_.before_exec();
    ExecuteSpec(spec_);
  }
  input_ = std::move(input.write);
  output_ = std::move(output.read);
  errors_ = std::move(errors.read);
  fcntl(input_.get(), F_SETFL, O_NONBLOCK);
  if (spec_.input.empty()) input_.reset();
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ChildProcess::Signal(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

bool ChildProcess::Pump(Clock::time_point until) {
  if (!output_ && !errors_) return false;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  if (left <= 0) return false;
  pollfd fds[] = {{output_ ? output_.get() : -1, POLLIN, 0},
                  {errors_ ? errors_.get() : -1, POLLIN, 0},
                  {input_ ? input_.get() : -1, POLLOUT, 0}};
  if (poll(fds, 3, static_cast<int>(left)) <= 0) return true;
  if (fds[0].revents != 0) Drain(output_, out_);
  if (fds[1].revents != 0) Drain(errors_, err_);
  if (fds[2].revents != 0) {
    const ssize_t wrote = write(input_.get(), spec_.input.data() + written_, spec_.input.size() - written_);
    if (wrote > 0) written_ += static_cast<size_t>(wrote);
    if (written_ == spec_.input.size() || (wrote < 0 && errno != EAGAIN)) input_.reset();
  }
  return true;
}

bool ChildProcess::WaitForOutput(const std::string& text, std::chrono::seconds timeout) {
  const Clock::time_point until = Clock::now() + timeout * Patience();
  while (out_.find(text) == std::string::npos) {
    if (!Pump(until)) return false;
  }
  return true;
}

Outcome ChildProcess::Wait() {
  while (Pump(deadline_)) continue;
  int status = 0;
  Outcome outcome;
  outcome.timed_out = output_ || errors_;  // somebody holds them still
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() >= deadline_) {
      outcome.timed_out = true;
      kill(pid_, SIGKILL);
      waitpid(pid_, &status, 0);
      break;
    }
    usleep(1000);
  }
  pid_ = -1;
  outcome.code = CodeOf(status);
  outcome.out = std::move(out_);
  outcome.err = std::move(err_);
  return outcome;
}

}  // namespace usher
