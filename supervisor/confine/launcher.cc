#include "supervisor/confine/launcher.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "policies/escape.h"
#include "supervisor/confine/command_process.h"
#include "supervisor/confine/keeper.h"
#include "supervisor/confine/private_temp.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/ptrace.h"

namespace usher {
namespace {

constexpr char kNoListener[] = "usher/no-listener";

// clone(2) that shares the descriptor table: a number means the same on both sides, so the floor can be handed over and
// the listener taken back although nothing can be sent once the filter stands, and Docker's refusal of pidfd_getfd does
// not matter.
pid_t ForkSharingDescriptors() { return static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0)); }

std::vector<char*> PointersWithOneInFront(const std::vector<std::string>& strings) {
  std::vector<char*> pointers(1, nullptr);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Waits for a message. The pipe's other end is open in our own table, so that it never says end of file: when the
// keeper is gone instead, nothing will come.
bool Comes(int ready, int keeper_pidfd) {
  pollfd fds[] = {{ready, POLLIN, 0}, {keeper_pidfd, POLLIN, 0}};
  while (poll(fds, 2, -1) < 0) {
    if (errno != EINTR) return false;
  }
  return (fds[0].revents & POLLIN) != 0;
}

struct Pipe {
  UniqueFd read_end, write_end;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return ErrnoStatus("pipe2");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// The keeper's process: makes what the command needs, starts it, and keeps it.
[[noreturn]] void RunKeeper(const LaunchRequest& request, pid_t usher, int ready, int confinement, int ends) {
  Keeper::Prepare(usher);
  const auto tell = [ready](const ReadyMessage& message) {
    return write(ready, &message, sizeof(message)) == sizeof(message) && message.stage == Stage::kReady;
  };
  if (const int error = request.temporary.empty() ? 0 : MakePrivateTemp(request.temporary); error != 0) {
    tell({Stage::kTemporary, error, -1, 0, 0, 0});
    _exit(125);
  }
  std::vector<char*> argv = PointersWithOneInFront(request.argv);
  const std::string shown = Escape(request.program);
  const pid_t command = ForkSharingDescriptors();
  if (command == 0) CommandProcess(request, argv.data() + 1, shown.c_str(), ready, confinement).Run();
  ReadyMessage message{Stage::kReady, 0, -1, 0, 0, 0};
  if (command < 0) message = {Stage::kKeeper, errno, -1, 0, 0, 0};
  if (command > 0 && !TakeOwnDescriptors()) message = {Stage::kDescriptors, errno, -1, 0, 0, 0};
  if (!tell(message)) {
    RemovePrivateTemp(request.temporary);
    _exit(125);
  }
  Keeper(command, ends, request.temporary).Run();
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

absl::Status WithoutListener(absl::Status launch) {
  launch.SetPayload(kNoListener, absl::Cord());
  return launch;
}

void EndLaunched(const Launched& launched, const std::string& temporary) {
  kill(launched.keeper, SIGTERM);
  int status = SIGKILL;
  // One that we trace is nobody's to wait for before it is ours.
  while (waitpid(launched.keeper, &status, WNOHANG) == 0) {
    waitpid(launched.command, nullptr, WNOHANG | __WALL);
    usleep(500);
  }
  if (!WIFEXITED(status)) RemovePrivateTemp(temporary);  // the keeper has, unless somebody killed it
}

absl::StatusOr<Launch> Launch::Start(const LaunchRequest& request) {
  Launch launch;
  USHER_ASSIGN_OR_RETURN(Pipe ready, MakePipe());
  USHER_ASSIGN_OR_RETURN(Pipe confinement, MakePipe());
  USHER_ASSIGN_OR_RETURN(Pipe ends, MakePipe());
  const pid_t usher = getpid();
  const pid_t keeper = ForkSharingDescriptors();
  if (keeper < 0) return ErrnoStatus("clone");
  if (keeper == 0) {
    RunKeeper(request, usher, ready.write_end.get(), confinement.read_end.get(), ends.write_end.get());
  }
  launch.keeper_ = keeper;
  launch.temporary_ = request.temporary;
  launch.shared_ = {std::move(ready.write_end), std::move(confinement.read_end), std::move(ends.write_end)};
  launch.ready_ = std::move(ready.read_end);
  launch.confinement_ = std::move(confinement.write_end);
  launch.ends_ = std::move(ends.read_end);
  USHER_ASSIGN_OR_RETURN(launch.keeper_pidfd_, PidfdOpen(keeper));
  return launch;
}

Launch::Launch(Launch&& from) noexcept { *this = std::move(from); }

Launch& Launch::operator=(Launch&& from) noexcept {
  std::swap(keeper_, from.keeper_);
  std::swap(temporary_, from.temporary_);
  std::swap(shared_, from.shared_);
  std::swap(ready_, from.ready_);
  std::swap(confinement_, from.confinement_);
  std::swap(confinement_memory_, from.confinement_memory_);
  std::swap(ends_, from.ends_);
  std::swap(keeper_pidfd_, from.keeper_pidfd_);
  return *this;
}

// The keeper ends the command, removes the temporary directory, and ends. Should it be gone already, that is done here.
Launch::~Launch() {
  if (keeper_ < 0) return;
  kill(keeper_, SIGTERM);
  waitpid(keeper_, nullptr, 0);
  if (!temporary_.empty()) RemovePrivateTemp(temporary_);
}

absl::Status Launch::Confine(const Confinement& confinement) {
  const std::vector<std::string>& variables = confinement.environment;
  // Where the reader puts its pointers nothing is written: zeros are what it finds.
  const size_t pointers = (variables.size() + 1) * sizeof(char*);
  std::string content(reinterpret_cast<const char*>(confinement.filter.data()), confinement.filter.size_bytes());
  for (const std::string& variable : variables) content.append(variable).push_back('\0');
  confinement_memory_.reset(memfd_create("usher-confinement", MFD_CLOEXEC));
  if (!confinement_memory_) return ErrnoStatus("memfd_create");
  const ssize_t wrote = pwrite(confinement_memory_.get(), content.data(), content.size(), static_cast<off_t>(pointers));
  if (wrote < 0) return ErrnoStatus("pwrite");
  if (static_cast<size_t>(wrote) != content.size())
    return absl::ResourceExhaustedError("pwrite: no memory for the environment");
  const ConfinementMessage message{.floor = confinement.floor,
                                   .memory = confinement_memory_.get(),
                                   .calls_go = confinement.calls_go,
                                   .floor_gives_writes = confinement.floor_gives_writes,
                                   .floor_of_temporary = confinement.floor_of_temporary,
                                   .variables = variables.size(),
                                   .filter_length = confinement.filter.size(),
                                   .bytes = pointers + content.size()};
  if (write(confinement_.get(), &message, sizeof(message)) < 0) return ErrnoStatus("write");
  return absl::OkStatus();
}

absl::StatusOr<Launched> Launch::Await() {
  Launched launched;
  for (int ready_ones = 0; ready_ones < 2; ++ready_ones) {
    ReadyMessage message{};
    if (!Comes(ready_.get(), keeper_pidfd_.get()) || read(ready_.get(), &message, sizeof(message)) != sizeof(message)) {
      return absl::InternalError("the command's process ended before it was confined");
    }
    if (message.stage == Stage::kTemporary) {
      return absl::FailedPreconditionError(absl::StrCat("mkdir(", temporary_, "): ", std::strerror(message.error)));
    }
    if (message.stage == Stage::kListener) {
      return WithoutListener(ErrnoStatus(NameOfStage(message.stage), message.error));
    }
    if (message.stage != Stage::kReady) return ErrnoStatus(NameOfStage(message.stage), message.error);
    if (message.command == 0) continue;
    launched.listener.reset(message.listener);
    launched.command = message.command;
    launched.wait_killable = message.wait_killable != 0;
    launched.listener_error = message.listener_error;
  }
  // Whoever asks too early whether the command has ended is not kept waiting: usher is needed for it to end.
  if (fcntl(ends_.get(), F_SETFL, O_NONBLOCK) < 0) return ErrnoStatus("fcntl(F_SETFL, O_NONBLOCK)");
  launched.keeper = std::exchange(keeper_, -1);
  launched.keeper_pidfd = std::move(keeper_pidfd_);
  launched.ends = std::move(ends_);
  return launched;
}

absl::Status Launch::LetGo(const Launched& launched) {
  USHER_RETURN_IF_ERROR(SeizeForCalls(launched.command));
  if (write(confinement_.get(), "", 1) != 1) return ErrnoStatus("write");
  return absl::OkStatus();
}

}  // namespace usher
