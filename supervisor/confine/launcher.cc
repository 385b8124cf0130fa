#include "supervisor/confine/launcher.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "supervisor/confine/keeper.h"
#include "supervisor/confine/private_temp.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/landlock.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/ptrace.h"

namespace usher {
namespace {

constexpr char kNoListener[] = "usher/no-listener";

enum class Stage : int32_t {
  kReady,
  kSession,
  kTerminal,
  kDirectory,
  kLimits,
  kCapabilities,
  kNoNewPrivs,
  kFloor,
  kFloorBites,
  kFilter,
  kDescriptors,
  kKeeper,
  kTemporary,
  kListener,
};

const char* NameOfStage(Stage stage) {
  switch (stage) {
    case Stage::kReady:
      return "ready";
    case Stage::kSession:
      return "setsid";
    case Stage::kTerminal:
      return "ioctl(TIOCSCTTY)";
    case Stage::kDirectory:
      return "chdir to the workspace";
    case Stage::kLimits:
      return "setrlimit(RLIMIT_CORE)";
    case Stage::kCapabilities:
      return "capset";
    case Stage::kNoNewPrivs:
      return "prctl(PR_SET_NO_NEW_PRIVS)";
    case Stage::kFloor:
      return "landlock_restrict_self";
    case Stage::kFloorBites:
      return "opening /dev/null for writing below the Landlock floor, which has to be refused,";
    case Stage::kFilter:
      return "seccomp(SECCOMP_SET_MODE_FILTER)";
    case Stage::kListener:
      return "seccomp(SECCOMP_SET_MODE_FILTER, NEW_LISTENER)";
    case Stage::kDescriptors:
      return "close_range(CLOSE_RANGE_UNSHARE)";
    case Stage::kKeeper:
      return "clone";
    case Stage::kTemporary:
      return "mkdir of the private temporary directory";
  }
  return "?";
}

// What keeper and command tell usher, each once, over the ready pipe: that they stand on their own. Only then may usher
// close a descriptor that it shared with them, or open another under the same number.
struct ReadyMessage {
  Stage stage;
  int32_t error;
  int32_t listener;  // its number in the shared descriptor table
  int32_t command;   // pid; 0 when it is the keeper that speaks
  int32_t wait_killable;
};

// clone(2) that shares the descriptor table: the listener's number means the same on both sides, so nothing has to be
// sent once the filter stands, and Docker's refusal of pidfd_getfd does not matter.
pid_t ForkSharingDescriptors() { return static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0)); }

// Ends the sharing: a copy of the table of our own. False when the kernel has no memory for it.
bool TakeOwnDescriptors() { return syscall(SYS_close_range, 0x7ffffff0u, ~0u, CLOSE_RANGE_UNSHARE) == 0; }

// From here to execve there is one thread, no allocation and no way back: a failure is told and ends the process.
class CommandProcess {
 public:
  // `go`: a pipe, on which a command that is to be traced hears that it is.
  CommandProcess(const LaunchRequest& request, char* const* argv, char* const* envp, int ready, const int (&go)[2])
      : request_(request), argv_(argv), envp_(envp), ready_(ready), go_{go[0], go[1]} {}

  [[noreturn]] void Run() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    RestoreSignals();
    if (setsid() < 0) Fail(Stage::kSession);
    if (request_.terminal >= 0 && ioctl(request_.terminal, TIOCSCTTY, 0) < 0) Fail(Stage::kTerminal);
    if (chdir(request_.directory.c_str()) < 0) Fail(Stage::kDirectory);
    const rlimit no_core{0, 0};  // the kernel writes core files itself: no call is made that could be judged (F11)
    if (setrlimit(RLIMIT_CORE, &no_core) < 0) Fail(Stage::kLimits);
    if (!DropCapabilities().ok()) Fail(Stage::kCapabilities);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) Fail(Stage::kNoNewPrivs);
    LayFloor();
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // usher's own process is not; its child must be readable at its first call
    const ReadyMessage message = InstallFilter();
    if (!TakeOwnDescriptors()) Fail(Stage::kDescriptors);
    Tell(message);
    if (request_.traced) AwaitTracer();
    PlaceStdio();
    syscall(SYS_close_range, 3u, ~0u, 0u);
    Execute();
  }

 private:
  // What was ignored or blocked when Usher was started stays so (nohup); what Usher itself changed does not.
  void RestoreSignals() {
    struct sigaction action;
    std::memset(&action, 0, sizeof(action));
    action.sa_handler = request_.ignore_sigpipe ? SIG_IGN : SIG_DFL;
    sigaction(SIGPIPE, &action, nullptr);
    action.sa_handler = request_.ignore_sigxfsz ? SIG_IGN : SIG_DFL;
    sigaction(SIGXFSZ, &action, nullptr);
    sigprocmask(SIG_SETMASK, &request_.signal_mask, nullptr);
  }

  // Nothing is believed of a floor that does not bite: no rule of it ever gives a right to write.
  void LayFloor() {
    if (request_.floor < 0) return;
    errno = RestrictSelf(request_.floor);
    if (errno != 0) Fail(Stage::kFloor);
    if (open("/dev/null", O_WRONLY | O_CLOEXEC) >= 0) errno = EPROTO;
    if (errno != EACCES) Fail(Stage::kFloorBites);
  }

  ReadyMessage InstallFilter() {
    sock_fprog program;
    program.len = static_cast<unsigned short>(request_.filter.size());
    program.filter = const_cast<sock_filter*>(request_.filter.data());
    if (request_.traced) {
      if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) Fail(Stage::kFilter);
      return {Stage::kReady, 0, -1, static_cast<int32_t>(getpid()), 0};
    }
    unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    const bool wait_killable = listener >= 0;
    if (listener < 0 && errno == EINVAL) {  // before 5.19
      flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
      listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    }
    if (listener < 0) Fail(Stage::kListener);
    return {Stage::kReady, 0, static_cast<int32_t>(listener), static_cast<int32_t>(getpid()), wait_killable ? 1 : 0};
  }

  // Without a tracer every call that it would be given fails (ENOSYS), the execve to come as well.
  void AwaitTracer() {
    close(go_[1]);
    char byte;
    if (read(go_[0], &byte, 1) != 1) _exit(125);
  }

  void PlaceStdio() {
    for (int fd = 0; fd < 3; ++fd) {
      if (request_.replace_stdio[static_cast<size_t>(fd)]) dup2(request_.terminal, fd);
    }
  }

  [[noreturn]] void Execute() {
    execve(request_.program.c_str(), argv_, envp_);
    // As execvp(3): a script without "#!" is the shell's. argv_ has a free place in front for it.
    if (errno == ENOEXEC) {
      char** shell_argv = const_cast<char**>(argv_) - 1;
      shell_argv[0] = const_cast<char*>("/bin/sh");
      shell_argv[1] = const_cast<char*>(request_.program.c_str());
      execve("/bin/sh", shell_argv, envp_);
    }
    _exit(errno == ENOENT ? 127 : 126);
  }

  void Tell(const ReadyMessage& message) {
    if (write(ready_, &message, sizeof(message)) != sizeof(message)) _exit(125);
  }

  [[noreturn]] void Fail(Stage stage) {
    Tell({stage, errno, -1, 0, 0});
    _exit(125);
  }

  const LaunchRequest& request_;
  char* const* argv_;
  char* const* envp_;
  int ready_;
  int go_[2];
};

// The run's temporary directory, with its place in the floor. An errno, 0 when all is done.
int MakeTemporary(const LaunchRequest& request) {
  if (const int error = MakePrivateTemp(request.temporary); error != 0) return error;
  if (request.floor < 0 || request.floor_of_temporary == 0) return 0;
  const UniqueFd directory(open(request.temporary.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return errno;
  return ErrnoOf(AllowBeneath(request.floor, directory.get(), request.floor_of_temporary));
}

std::vector<char*> Pointers(const std::vector<std::string>& strings, size_t free_in_front) {
  std::vector<char*> pointers(free_in_front, nullptr);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Waits for the command's message. The pipe's other end is open in our own table, so that it never says end of file:
// when the keeper is gone instead, nothing will come.
bool Comes(int ready, int keeper_pidfd) {
  pollfd fds[] = {{ready, POLLIN, 0}, {keeper_pidfd, POLLIN, 0}};
  while (poll(fds, 2, -1) < 0) {
    if (errno != EINTR) return false;
  }
  return (fds[0].revents & POLLIN) != 0;
}

// Nothing of a launch that failed is left behind, not even the name of its temporary directory.
absl::Status Ended(pid_t keeper, absl::Status why) {
  kill(keeper, SIGTERM);
  while (waitpid(keeper, nullptr, 0) < 0 && errno == EINTR) continue;
  return why;
}

}  // namespace

absl::Status DropCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  std::memset(data, 0, sizeof(data));
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno == EPERM)
      break;  // no CAP_SETPCAP, so none of the others
  }
  if (syscall(SYS_capset, &header, data) < 0) return ErrnoStatus("capset");
  return absl::OkStatus();
}

bool LacksListener(const absl::Status& launch) { return launch.GetPayload(kNoListener).has_value(); }

absl::StatusOr<Launched> Launch(const LaunchRequest& request) {
  int ready[2], ends[2], go[2];
  if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(ends, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
    return ErrnoStatus("pipe2");
  const UniqueFd go_read(go[0]), go_write(go[1]);
  UniqueFd ready_read(ready[0]), ready_write(ready[1]), ends_read(ends[0]), ends_write(ends[1]);
  const std::vector<char*> argv = Pointers(request.argv, 1);
  const std::vector<char*> envp = Pointers(request.environment, 0);

  const pid_t usher = getpid();
  const pid_t keeper = ForkSharingDescriptors();
  if (keeper < 0) return ErrnoStatus("clone");
  if (keeper == 0) {
    Keeper::Prepare(usher);
    if (const int error = request.temporary.empty() ? 0 : MakeTemporary(request); error != 0) {
      const ReadyMessage failed{Stage::kTemporary, error, -1, 0, 0};
      _exit(write(ready_write.get(), &failed, sizeof(failed)) < 0 ? 124 : 125);
    }
    const pid_t command = ForkSharingDescriptors();
    if (command == 0) CommandProcess(request, argv.data() + 1, envp.data(), ready_write.get(), go).Run();
    ReadyMessage message{Stage::kReady, 0, -1, 0, 0};
    if (command < 0) message = {Stage::kKeeper, errno, -1, 0, 0};
    if (command > 0 && !TakeOwnDescriptors()) message = {Stage::kDescriptors, errno, -1, 0, 0};
    if (write(ready_write.get(), &message, sizeof(message)) < 0 || message.stage != Stage::kReady) {
      RemovePrivateTemp(request.temporary);
      _exit(125);
    }
    Keeper(command, ends_write.get(), request.temporary).Run();
  }

  Launched launched;
  launched.keeper = keeper;
  USHER_ASSIGN_OR_RETURN(launched.keeper_pidfd, PidfdOpen(keeper));
  for (int ready_ones = 0; ready_ones < 2; ++ready_ones) {
    ReadyMessage message{};
    if (!Comes(ready_read.get(), launched.keeper_pidfd.get()) ||
        read(ready_read.get(), &message, sizeof(message)) != sizeof(message)) {
      return Ended(keeper, absl::InternalError("the command's process ended before it was confined"));
    }
    if (message.stage == Stage::kTemporary) {
      return Ended(keeper, absl::FailedPreconditionError(
                               absl::StrCat("mkdir(", request.temporary, "): ", std::strerror(message.error))));
    }
    if (message.stage == Stage::kListener) {
      absl::Status without = ErrnoStatus(NameOfStage(message.stage), message.error);
      without.SetPayload(kNoListener, absl::Cord());
      return Ended(keeper, std::move(without));
    }
    if (message.stage != Stage::kReady) return Ended(keeper, ErrnoStatus(NameOfStage(message.stage), message.error));
    if (message.command == 0) continue;
    launched.listener.reset(message.listener);
    launched.command = message.command;
    launched.wait_killable = message.wait_killable != 0;
  }
  if (request.traced) {
    if (absl::Status seized = SeizeForCalls(launched.command); !seized.ok()) return Ended(keeper, seized);
    if (write(go_write.get(), "", 1) != 1) return ErrnoStatus("write");
  }
  // Whoever asks too early whether the command has ended is not kept waiting: usher is needed for it to end.
  if (fcntl(ends_read.get(), F_SETFL, O_NONBLOCK) < 0) return ErrnoStatus("fcntl(F_SETFL, O_NONBLOCK)");
  launched.ends = std::move(ends_read);
  return launched;
}

}  // namespace usher
