// How is the box closed before line one runs? Starts the command below a keeper, confines it, and brings back its
// listener.
//
//   usher ── keeper ── command ── …
//
// The keeper outlives a killed usher just long enough to kill every process of the sandbox: it is their subreaper, so
// none can leave it (invariant 4), and it stands in a session of its own, out of reach of terminal signals.

#ifndef USHER_SUPERVISOR_CONFINE_LAUNCHER_H_
#define USHER_SUPERVISOR_CONFINE_LAUNCHER_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <array>
#include <csignal>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

struct LaunchRequest {
  std::string program;  // path, already looked up in PATH
  std::vector<std::string> argv;
  std::string directory;
  std::string temporary;  // made before the command starts, removed after it (private_temp.h); may be empty
  int terminal = -1;      // slave side of the sandbox's own pty, or -1; borrowed
  std::array<bool, 3> replace_stdio{};  // which of 0, 1, 2 become the terminal
  sigset_t signal_mask{};               // as it was when Usher was started, and likewise
  bool ignore_sigpipe = false, ignore_sigxfsz = false;
};

// To whom the filter gives held calls.
enum class CallsGo : uint8_t {
  kToListener,
  kToTracer,  // the thread that calls LetGo
  kNowhere,   // it holds none: what is not surely allowed fails
};

// What the command waits for before it shuts itself in.
struct Confinement {
  std::vector<std::string> environment;  // "NAME=value"
  std::span<const sock_filter> filter;
  CallsGo calls_go = CallsGo::kToListener;
  int floor = -1;                   // Landlock ruleset, or -1 where the host has none; borrowed until Await
  bool floor_gives_writes = false;  // of a floor with nothing above it
  uint64_t floor_of_temporary = 0;  // rights that the ruleset gets for the temporary directory
};

// What the keeper tells about the command, once.
struct CommandEnd {
  int wait_status = 0;  // of waitpid(2)
  int64_t cpu_us = 0;   // user and system time of the command and all it waited for
  int64_t max_rss_kb = 0;
};

struct Launched {
  pid_t keeper = -1;
  pid_t command = -1;
  UniqueFd keeper_pidfd;
  UniqueFd listener;           // only where calls go to it
  int listener_error = 0;      // of a traced one: what seccomp(2) would say to NEW_LISTENER
  UniqueFd ends;               // one CommandEnd can be read when the command has ended; end of file: the keeper is gone
  bool wait_killable = false;  // the filter has SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
};

// A command under way. Keeper and command are forked at once, while usher is small, and get ready while it reads the
// policy. Until Await they share usher's descriptors: what they borrow may not be closed.
class Launch {
 public:
  static absl::StatusOr<Launch> Start(const LaunchRequest& request);
  Launch(Launch&& from) noexcept;
  Launch& operator=(Launch&& from) noexcept;
  ~Launch();  // unless Await brought it home: nothing of it is left

  absl::Status Confine(const Confinement& confinement);  // once; does not wait

  // Until keeper and command stand on their own. The status names the stage that failed:
  // "seccomp(SECCOMP_SET_MODE_FILTER): Device or resource busy". FailedPrecondition when it is the temporary directory
  // that cannot be made.
  absl::StatusOr<Launched> Await();

  // After Await, of a traced one, which waits for it: becomes its tracer.
  absl::Status LetGo(const Launched& launched);

 private:
  Launch() = default;

  pid_t keeper_ = -1;
  std::string temporary_;
  std::array<UniqueFd, 3> shared_;  // the other ends
  UniqueFd ready_, confinement_, confinement_memory_, ends_, keeper_pidfd_;
};

// Ends what Await brought home, and waits until nothing is left of it.
void EndLaunched(const Launched& launched, const std::string& temporary);

// Whether a launch failed because the kernel gives no listener: to this process tree (EBUSY), or to nobody.
bool LacksListener(const absl::Status& launch);
absl::Status WithoutListener(absl::Status launch);  // that it did

// Gives up every capability of this process and of what it starts. No error when there is none.
absl::Status DropCapabilities();

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_LAUNCHER_H_
