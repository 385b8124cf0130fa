// Where events come in and replies go out. The mechanism (user notification, ptrace) hides behind this; it neither
// decodes nor judges.

#ifndef USHER_SUPERVISOR_INTERCEPT_INTERCEPTOR_H_
#define USHER_SUPERVISOR_INTERCEPT_INTERCEPTOR_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/numbered_fds.h"
#include "supervisor/kernel/ptrace.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/call.h"

namespace usher {

// What a held call is answered with.
struct ReplyError {
  int error = 0;
};  // positive errno
struct ReplyValue {
  int64_t value = 0;
};
struct ReplyFd {
  UniqueFd fd;
  bool close_on_exec = false;
  bool writable = false;
};
struct ReplyContinue {};  // the kernel runs the call: see invariant 1
using Reply = std::variant<ReplyError, ReplyValue, ReplyFd, ReplyContinue>;

// ERESTARTSYS, an error that gives the call back to the kernel, which restarts or interrupts it as the handler of a
// waiting signal wants it.
inline constexpr int kRestartCall = 512;

// One function for each kind of reply, for std::visit.
template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // clang 14 deduces no aggregates

class Interceptor {
 public:
  virtual ~Interceptor() = default;
  virtual std::string_view name() const = 0;

  // Readable when Receive has something; hung up when no process of the sandbox is left.
  virtual int fd() const = 0;

  // Empty: the thread died before we looked; carry on.
  virtual absl::StatusOr<std::optional<SyscallEvent>> Receive() = 0;

  // Asked after anything was read about or from the caller, and before anything is done that cannot be taken back.
  // False also when the kernel would not say: so a caller that seems to be gone is answered all the same, or it might
  // wait for ever.
  virtual bool StillHeld(uint64_t id) const = 0;

  // Whether a held caller is woken by nothing but its answer and its death; else by signals and PTRACE_INTERRUPT too.
  virtual bool waits_killably() const = 0;

  // Gives the caller a duplicate of `fd`, close-on-exec, while its call stays held. `done` hears its number there, at
  // once or later; an error: nothing was given. Then the call is held as before, unless the caller is gone.
  using OnLent = std::function<void(absl::StatusOr<int> number)>;
  virtual void Lend(uint64_t id, UniqueFd fd, OnLent done) = 0;

  // Where nobody may take a caller's descriptors (pidfd_getfd), the caller can be made to hand them over: those at
  // these numbers. OK: its call is over, and comes in once more with another id, with what came of it. An error: it is
  // held as before. No exec of its process may be under way. Stops are told by SIGCHLD (OnChildSignal).
  virtual bool asks_for_descriptors() const { return false; }
  virtual absl::Status AskForDescriptors(const SyscallEvent&, std::vector<int> /*numbers*/) {
    return absl::UnimplementedError("descriptors are taken");
  }
  // What the caller handed over, or why it could not. Empty: nobody asked it.
  virtual std::optional<absl::StatusOr<NumberedFds>> TakeHandedOver(uint64_t /*id*/) { return std::nullopt; }
  virtual void OnChildSignal() {}
  // A second after a request: what was handed over for a call that never came is closed. True: come again.
  virtual bool ForgetUncalled() { return false; }

  // ENOENT: nobody waits any more. The caller died, or, where none waits killably, a signal took it away. Any other
  // failure was already turned into an errno for the caller.
  virtual absl::Status Send(const SyscallEvent& event, Reply reply) = 0;

  // For a call made again because a signal took its caller away: answers with the descriptor that it was given and
  // never heard of, if that is of the same file as `fd` (O_PATH serves). False: there is none, or nobody waits.
  virtual bool SendAgain(const SyscallEvent& /*event*/, int /*fd*/) { return false; }

  // Whether this is the tracer of the whole sandbox. Nobody else can attach to anybody then, and exec stops, other
  // stops and ends are told to `on_stop`.
  enum class AfterStop : uint8_t { kGoOn, kTaken };  // kTaken: resumed or killed by who was told
  using OnStop = std::function<AfterStop(int32_t tid, const WaitStatus& status)>;
  virtual bool traces() const { return false; }
  virtual void set_on_stop(const OnStop&) {}
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_INTERCEPTOR_H_
