#include "supervisor/confine/command_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/landlock.h"

namespace usher {
const char* NameOfStage(Stage stage) {
  switch (stage) {
    case Stage::kReady:
      return "ready";
    case Stage::kSession:
      return "setsid";
    case Stage::kTerminal:
      return "ioctl(TIOCSCTTY)";
    case Stage::kDirectory:
      return "chdir to the current directory";
    case Stage::kLimits:
      return "setrlimit(RLIMIT_CORE)";
    case Stage::kCapabilities:
      return "capset";
    case Stage::kNoNewPrivs:
      return "prctl(PR_SET_NO_NEW_PRIVS)";
    case Stage::kConfinement:
      return "reading what confines the command";
    case Stage::kFloor:
      return "landlock_restrict_self";
    case Stage::kFloorBites:
      return "opening /dev/null for writing, or /dev, below the Landlock floor, which has to be refused,";
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

bool TakeOwnDescriptors() { return syscall(SYS_close_range, 0x7ffffff0u, ~0u, CLOSE_RANGE_UNSHARE) == 0; }

void CommandProcess::Run() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  RestoreSignals();
  if (setsid() < 0) Fail(Stage::kSession);
  if (request_.terminal >= 0 && ioctl(request_.terminal, TIOCSCTTY, 0) < 0) Fail(Stage::kTerminal);
  if (chdir(request_.directory.c_str()) < 0) Fail(Stage::kDirectory);
  const rlimit no_core{0, 0};  // the kernel writes core files itself: no call is made that could be judged
  if (setrlimit(RLIMIT_CORE, &no_core) < 0) Fail(Stage::kLimits);
  if (!DropCapabilities().ok()) Fail(Stage::kCapabilities);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) Fail(Stage::kNoNewPrivs);
  ReceiveConfinement();
  LayFloor();
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // usher's own process is not; its child must be readable at its first call
  const ReadyMessage message = InstallFilter();
  if (!TakeOwnDescriptors()) Fail(Stage::kDescriptors);
  Tell(message);
  if (confined_by_.calls_go == CallsGo::kToTracer) AwaitTracer();
  PlaceStdio();
  syscall(SYS_close_range, 3u, ~0u, 0u);
  Execute();
}

// What was ignored or blocked when Usher was started stays so (nohup); what Usher itself changed does not.
void CommandProcess::RestoreSignals() {
  struct sigaction action;
  std::memset(&action, 0, sizeof(action));
  action.sa_handler = request_.ignore_sigpipe ? SIG_IGN : SIG_DFL;
  sigaction(SIGPIPE, &action, nullptr);
  action.sa_handler = request_.ignore_sigxfsz ? SIG_IGN : SIG_DFL;
  sigaction(SIGXFSZ, &action, nullptr);
  sigprocmask(SIG_SETMASK, &request_.signal_mask, nullptr);
}

void CommandProcess::ReceiveConfinement() {
  ssize_t got;
  do {
    got = read(confinement_, &confined_by_, sizeof(confined_by_));
  } while (got < 0 && errno == EINTR);
  if (got != sizeof(confined_by_)) Fail(Stage::kConfinement);
  void* memory = mmap(nullptr, confined_by_.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, confined_by_.memory, 0);
  if (memory == MAP_FAILED) Fail(Stage::kConfinement);
  environment_ = static_cast<char**>(memory);
  filter_ = reinterpret_cast<sock_filter*>(environment_ + confined_by_.variables + 1);
  char* text = reinterpret_cast<char*>(filter_ + confined_by_.filter_length);
  for (uint64_t i = 0; i < confined_by_.variables; ++i) {
    environment_[i] = text;
    text += std::strlen(text) + 1;
  }
}

// Nothing is believed of a floor that does not bite. No rule of it gives a right to write, unless nothing stands above
// it; and no rule ever gives /dev.
void CommandProcess::LayFloor() {
  if (confined_by_.floor < 0) return;
  if (!request_.temporary.empty() && confined_by_.floor_of_temporary != 0) {
    const UniqueFd directory(open(request_.temporary.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory) Fail(Stage::kTemporary);
    errno = ErrnoOf(AllowBeneath(confined_by_.floor, directory.get(), confined_by_.floor_of_temporary));
    if (errno != 0) Fail(Stage::kFloor);
  }
  errno = RestrictSelf(confined_by_.floor);
  if (errno != 0) Fail(Stage::kFloor);
  const bool writes = confined_by_.floor_gives_writes;
  if (open(writes ? "/dev" : "/dev/null", (writes ? O_RDONLY : O_WRONLY) | O_CLOEXEC) >= 0) errno = EPROTO;
  if (errno != EACCES) Fail(Stage::kFloorBites);
}

long CommandProcess::Install(unsigned int flags) {
  const sock_fprog program{static_cast<unsigned short>(confined_by_.filter_length), filter_};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

ReadyMessage CommandProcess::InstallFilter() {
  ReadyMessage message{Stage::kReady, 0, -1, static_cast<int32_t>(getpid()), 0, 0};
  if (confined_by_.calls_go != CallsGo::kToListener) {
    // A listener that it could have, and gives back at once, says that nobody further up has one (EBUSY), who would
    // answer before the tracer.
    const bool traced = confined_by_.calls_go == CallsGo::kToTracer;
    const long unused = traced ? Install(SECCOMP_FILTER_FLAG_NEW_LISTENER) : -1;
    if (unused >= 0) {
      close(static_cast<int>(unused));
      return message;
    }
    if (traced) message.listener_error = errno;
    if (Install(0) < 0) Fail(Stage::kFilter);
    return message;
  }
  long listener = Install(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  message.wait_killable = listener >= 0 ? 1 : 0;
  if (listener < 0 && errno == EINVAL) listener = Install(SECCOMP_FILTER_FLAG_NEW_LISTENER);  // before 5.19
  if (listener < 0) Fail(Stage::kListener);
  message.listener = static_cast<int32_t>(listener);
  return message;
}

// Without a tracer every call that it would be given fails (ENOSYS), the execve to come as well.
void CommandProcess::AwaitTracer() {
  char byte;
  if (read(confinement_, &byte, 1) != 1) _exit(125);
}

void CommandProcess::PlaceStdio() {
  for (int fd = 0; fd < 3; ++fd) {
    if (request_.replace_stdio[static_cast<size_t>(fd)]) dup2(request_.terminal, fd);
  }
}

void CommandProcess::Execute() {
  execve(request_.program.c_str(), argv_, environment_);
  // As execvp(3): a script without "#!" is the shell's.
  if (errno == ENOEXEC) {
    char** shell_argv = argv_ - 1;
    shell_argv[0] = const_cast<char*>("/bin/sh");
    shell_argv[1] = const_cast<char*>(request_.program.c_str());
    execve("/bin/sh", shell_argv, environment_);
  }
  const int error = errno;
  SayWhyNot(error);
  _exit(error == ENOENT ? 127 : 126);
}

// In one piece, for others may write beside us. Whether anybody reads it makes no difference to the exit code.
void CommandProcess::SayWhyNot(int error) {
  signal(SIGPIPE, SIG_IGN);
  const char* why = strerrordesc_np(error);  // a constant, where strerror(3) may allocate
  if (why == nullptr) why = "unknown error";
  // The program was looked at before anything was started: it is there, and may be run.
  const bool by_interpreter = error == ENOENT || error == EACCES;
  const char* hint = by_interpreter ? "; look at the interpreter that its first line names: head -n 1 " : "";
  const char* hinted = by_interpreter ? shown_program_ : "";
  const std::array parts = {"usher: ", shown_program_, " cannot be started: ", why, hint, hinted, "\n"};
  std::array<iovec, parts.size()> pieces;
  for (size_t i = 0; i < parts.size(); ++i) pieces[i] = {const_cast<char*>(parts[i]), std::strlen(parts[i])};
  (void)!writev(STDERR_FILENO, pieces.data(), static_cast<int>(pieces.size()));
}

void CommandProcess::Tell(const ReadyMessage& message) {
  if (write(ready_, &message, sizeof(message)) != sizeof(message)) _exit(125);
}

void CommandProcess::Fail(Stage stage) {
  Tell({stage, errno, -1, 0, 0, 0});
  _exit(125);
}

}  // namespace usher
