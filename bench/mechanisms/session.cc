#include "bench/mechanisms/session.h"
#include "interpose/wire.h"
#include "policies/text.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "supervisor/kernel/errno_status.h"

namespace usher::bench {
namespace {

constexpr int kPatienceMs = 30'000;  // a batch takes milliseconds: who is silent for that long hangs

void Unmap(Shared* shared) { munmap(shared, sizeof(Shared)); }

}  // namespace

absl::StatusOr<Session> Session::Start(const Body& body) {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0) return ErrnoStatus("pipe2");
  Session session;
  session.to_.reset(to[1]);
  UniqueFd their_input(to[0]);
  if (pipe2(from, O_CLOEXEC) != 0) return ErrnoStatus("pipe2");
  session.from_.reset(from[0]);
  UniqueFd their_output(from[1]);
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return ErrnoStatus("mmap");
  session.shared_ = {new (memory) Shared(), Unmap};

  session.child_ = fork();
  if (session.child_ < 0) return ErrnoStatus("fork");
  if (session.child_ == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(their_input.get(), STDIN_FILENO);
    dup2(their_output.get(), STDOUT_FILENO);
    body(*session.shared_);
    _exit(127);
  }
  their_input.reset();
  their_output.reset();
  if (absl::Status status = session.ReadAll(&session.hello_, sizeof(Hello)); !status.ok()) return status;
  if (session.hello_.magic != kHelloMagic) return absl::InternalError("the measured process said something else");
  return session;
}

Session::Session(Session&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      to_(std::move(other.to_)),
      from_(std::move(other.from_)),
      hello_(other.hello_),
      shared_(std::move(other.shared_)) {}

Session::~Session() { (void)Finish(); }

absl::Status Session::ReadAll(void* data, size_t size) {
  char* bytes = static_cast<char*>(data);
  while (size > 0) {
    pollfd waiting{from_.get(), POLLIN, 0};
    if (poll(&waiting, 1, kPatienceMs) <= 0) return absl::DeadlineExceededError("the measured process hangs");
    const ssize_t got = read(from_.get(), bytes, size);
    if (got <= 0) return absl::UnavailableError("the measured process ended");
    bytes += got;
    size -= static_cast<size_t>(got);
  }
  return absl::OkStatus();
}

absl::StatusOr<BatchTimes> Session::Run(uint32_t calls_each) {
  BatchTimes batch;
  const uint64_t handled = shared_->handled;
  if (write(to_.get(), &calls_each, sizeof(calls_each)) != sizeof(calls_each)) return ErrnoStatus("write");
  if (absl::Status status = ReadAll(&batch.head, sizeof(Batch)); !status.ok()) return status;
  if (batch.head.magic != kBatchMagic) return absl::InternalError("the measured process said something else");
  batch.times.resize(batch.head.calls);
  if (absl::Status status = ReadAll(batch.times.data(), batch.times.size() * sizeof(uint32_t)); !status.ok()) {
    return status;
  }
  batch.handled = shared_->handled - handled;
  if (batch.head.error != 0) {
    return absl::InternalError(Concat("a call failed: ", std::strerror(batch.head.error)));
  }
  return batch;
}

absl::Status Session::Finish() {
  if (child_ < 0) return absl::OkStatus();
  const pid_t child = std::exchange(child_, -1);
  int status = 0;
  if (shared_->listener != -1) {  // who supervises by hand has no end of its own
    kill(-child, SIGKILL);
    waitpid(child, &status, 0);
    return absl::OkStatus();
  }
  // No calls any more: this ends the measured process, and that ends Usher or the tracer. (Closing would not do, for
  // the supervisors that were forked meanwhile hold the pipe too.)
  const uint32_t none = 0;
  (void)!write(to_.get(), &none, sizeof(none));
  to_.reset();
  for (int waited = 0; waited < kPatienceMs; ++waited) {
    if (waitpid(child, &status, WNOHANG) == child) {
      kill(-child, SIGKILL);
      return absl::OkStatus();
    }
    usleep(1000);
  }
  kill(-child, SIGKILL);
  waitpid(child, &status, 0);
  return absl::DeadlineExceededError("the measured process did not end");
}

std::vector<std::string> CallerArguments(const SessionRequest& request) {
  return {request.world->caller(),
          std::string(request.recipe->name),
          Concat(request.threads),
          Concat(request.caller_cpu),
          request.directory,
          request.world->outside(),
          Concat(request.marked ? uint64_t{kGateMark} << 32 : 0)};
}

void ExecOrDie(const std::vector<std::string>& argv) {
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execv(words[0], words.data());
  _exit(126);
}

void PinOrDie(int cpu) {
  if (cpu < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  if (sched_setaffinity(0, sizeof(set), &set) != 0) _exit(125);
}

}  // namespace usher::bench
