#include "supervisor/intercept/descriptor_request.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "supervisor/intercept/send_frame.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/remote_memory.h"

namespace usher {
namespace {

constexpr int kMostTries = 8;        // to start a thread, which a stop by job control can spoil
constexpr int64_t kLongestCall = 4;  // bytes of a call instruction

}  // namespace

DescriptorRequest::DescriptorRequest(const SyscallEvent& event, int32_t process, std::vector<int> numbers,
                                     uint64_t page)
    : event_(event),
      process_(process),
      numbers_(std::move(numbers)),
      page_(page),
      result_(ErrnoStatus("the caller is gone", ESRCH)) {}

absl::Status DescriptorRequest::Start(Listener& listener) {
  if (numbers_.empty() || numbers_.size() > kMostNumbers) return ErrnoStatus("descriptors of the caller", EINVAL);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) return ErrnoStatus("socketpair");
  ours_.reset(ends[0]);
  theirs_.reset(ends[1]);
  USHER_RETURN_IF_ERROR(SeizeForErrand(event_.tid));
  // Where a listener's wait is not killable, the interrupt itself ends it, and there is nothing to answer any more.
  (void)Interrupt(event_.tid);
  (void)listener.SendError(event_.id, EINTR);
  return absl::OkStatus();
}

bool DescriptorRequest::over() const {
  const bool messenger = messenger_is_ != Messenger::kNone && messenger_is_ != Messenger::kGone;
  return caller_is_free() && !messenger && !lost_messenger_;
}

void DescriptorRequest::Look() {
  while (messenger_ != 0 && messenger_is_ != Messenger::kGone) {
    const auto stop = NextStopOf(messenger_);
    if (stop.ok() && !stop->has_value()) break;
    if (!stop.ok() || (*stop)->Exited()) {
      messenger_is_ = Messenger::kGone;
      LetCallerGo();
      break;
    }
    OnMessengerStop(**stop);
  }
  while (!caller_is_free()) {
    const auto stop = NextStopOf(event_.tid);
    if (stop.ok() && !stop->has_value()) break;
    if (!stop.ok() || (*stop)->Exited()) {
      lost_messenger_ = caller_is_ == Caller::kInClone;
      caller_is_ = Caller::kFree;
      break;
    }
    OnCallerStop(**stop);
  }
  // Killed in between: a leader's end is told only when its threads are gone, and this one's is nobody's but ours to
  // take.
  if (caller_is_ == Caller::kInClone) (void)ReapStrays(process_);
  if (lost_messenger_) lost_messenger_ = ReapStrays(process_);
}

// ---- the caller ----

void DescriptorRequest::OnCallerStop(const WaitStatus& status) {
  switch (caller_is_) {
    case Caller::kInCall:
      if (!status.TrapStop()) break;
      if (!StartClone().ok()) Leave();
      return;
    case Caller::kBeforeClone:
      if (!status.CallStop()) break;
      caller_is_ = Caller::kInClone;
      (void)ResumeToNextCall(event_.tid);
      return;
    case Caller::kInClone:
      if (status.ForkStop()) return OnClone();
      if (!status.CallStop()) break;
      // It failed: for good, or because of a stop by job control that comes now.
      if (++tries_ >= kMostTries || !RepeatClone().ok()) {
        result_ = ErrnoStatus("clone", EAGAIN);
        Leave();
      }
      return;
    case Caller::kBehindClone:
      if (!status.CallStop()) break;
      return Leave();
    case Caller::kWaiting:
    case Caller::kFree:
      return;
  }
  // A stop by job control, or the signal for it, which nobody can block: it stops for good when it is let go.
  (void)ResumeToNextCall(event_.tid, status.SignalStop() ? status.StopSignal() : 0);
}

// At its first stop it is on its way back from its call, whose end it has not seen.
absl::Status DescriptorRequest::StartClone() {
  USHER_ASSIGN_OR_RETURN(Registers registers, ReadRegisters(event_.tid));
  const auto short_of = static_cast<int64_t>(event_.ip - ProgramCounterOf(registers));
  if (short_of < 0 || short_of > kLongestCall) return ErrnoStatus("the caller has gone on", EAGAIN);
  SetProgramCounter(registers, event_.ip);  // arm64 has it at the call once more already
  USHER_ASSIGN_OR_RETURN(const uint64_t mask, ReadSignalMask(event_.tid));
  USHER_RETURN_IF_ERROR(WriteSignalMask(event_.tid, ~uint64_t{0}));
  signal_mask_ = mask;
  before_ = registers;
  return RepeatClone();
}

absl::Status DescriptorRequest::RepeatClone() {
  // No CLONE_FILES: a table of its own.
  constexpr uint64_t kFlags = CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  Registers registers = *before_;
  RepeatCall(registers, SYS_clone, CallArguments{kFlags, 0, 0, 0, 0, 0});
  USHER_RETURN_IF_ERROR(WriteRegisters(event_.tid, registers));
  caller_is_ = Caller::kBeforeClone;
  return ResumeToNextCall(event_.tid);
}

void DescriptorRequest::OnClone() {
  const auto newcomer = NewcomerOf(event_.tid);
  if (!newcomer.ok()) return;  // killed: its end will be told
  messenger_ = *newcomer;
  messenger_is_ = Messenger::kNew;
  caller_is_ = Caller::kWaiting;
  Look();  // it may have stopped before we knew of it
}

void DescriptorRequest::LetCallerGo() {
  if (caller_is_ != Caller::kWaiting) return;
  caller_is_ = Caller::kBehindClone;
  (void)ResumeToNextCall(event_.tid);
}

// Before its own call, as if nothing had been.
void DescriptorRequest::Leave() {
  if (before_) {
    Registers registers = *before_;
    RepeatCall(registers, event_.nr, event_.args);
    (void)WriteRegisters(event_.tid, registers);
  }
  if (signal_mask_) (void)WriteSignalMask(event_.tid, *signal_mask_);
  (void)Detach(event_.tid, 0);
  caller_is_ = Caller::kFree;
}

// Threads that were started and that nobody told us of. True: there may be some yet.
bool DescriptorRequest::ReapStrays(int32_t process) {
  bool left = false;
  for (const int32_t thread : ThreadsOf(process)) {
    // Stops of tracees are told whatever is asked for, and must not be taken here: looked at first.
    siginfo_t info{};
    const auto id = static_cast<id_t>(thread);
    if (waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0) continue;
    const bool ended = info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    if (info.si_pid == 0 || !ended) {
      left = true;
    } else {
      (void)waitid(P_PID, id, &info, WEXITED | WNOHANG | __WALL);
    }
  }
  return left;
}

// ---- the messenger ----

void DescriptorRequest::OnMessengerStop(const WaitStatus& status) {
  absl::Status done;
  switch (messenger_is_) {
    case Messenger::kNew:
      if (!status.TrapStop()) break;
      done = Prepare();
      if (!done.ok()) EndMessenger(done);
      return;
    case Messenger::kBeforeMap:
    case Messenger::kBeforeSend:
      if (!status.CallStop()) break;
      messenger_is_ = messenger_is_ == Messenger::kBeforeMap ? Messenger::kInMap : Messenger::kSending;
      (void)ResumeToNextCall(messenger_);
      return;
    case Messenger::kInMap:
    case Messenger::kSending: {
      if (!status.CallStop()) break;
      const auto now = ReadRegisters(messenger_);
      if (!now.ok()) return;  // killed
      const int64_t result = CallResultOf(*now);
      if (result < 0) return EndMessenger(ErrnoStatus("injected call", static_cast<int>(-result)));
      if (messenger_is_ == Messenger::kSending) {
        result_ = Receive();
        return EndMessenger(absl::OkStatus());
      }
      page_ = static_cast<uint64_t>(result);
      done = Send();
      if (!done.ok()) EndMessenger(done);
      return;
    }
    case Messenger::kNone:
    case Messenger::kEnding:
    case Messenger::kGone:
      break;
  }
  const int signal = status.SignalStop() ? status.StopSignal() : 0;
  (void)(messenger_is_ == Messenger::kEnding ? Resume(messenger_, signal) : ResumeToNextCall(messenger_, signal));
}

absl::Status DescriptorRequest::Prepare() {
  USHER_ASSIGN_OR_RETURN(messengers_, ReadRegisters(messenger_));
  if (PageIsThere()) return Send();
  return MakeMessengerCall(SYS_mmap,
                           {0, kFrameRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, AsArgument(-1), 0},
                           Messenger::kBeforeMap);
}

bool DescriptorRequest::PageIsThere() const {
  if (page_ == 0) return false;
  const auto mark = RemoteMemory(messenger_).Read<std::array<uint64_t, 2>>(page_);
  return mark.ok() && *mark == kMark;
}

absl::Status DescriptorRequest::MakeMessengerCall(int32_t nr, const CallArguments& args, Messenger state) {
  Registers registers = messengers_;
  RepeatCall(registers, nr, args);
  USHER_RETURN_IF_ERROR(WriteRegisters(messenger_, registers));
  messenger_is_ = state;
  return ResumeToNextCall(messenger_);
}

absl::Status DescriptorRequest::Send() {
  const SendFrame frame = FrameAt(page_, numbers_);
  USHER_RETURN_IF_ERROR(RemoteMemory(messenger_).WriteBytes(page_, &frame, sizeof(frame)));
  return MakeMessengerCall(SYS_sendmsg,
                           {AsArgument(NumberOfSocket()), page_ + offsetof(SendFrame, message), MSG_NOSIGNAL, 0, 0, 0},
                           Messenger::kBeforeSend);
}

// The lowest that is none of those to be sent. What the messenger has there is its own copy.
int DescriptorRequest::NumberOfSocket() const {
  int number = 0;
  while (std::find(numbers_.begin(), numbers_.end(), number) != numbers_.end()) ++number;
  return number;
}

void DescriptorRequest::OnMessage(const SyscallEvent& event, Listener& listener) {
  const bool awaited =
      messenger_is_ == Messenger::kSending && event.nr == SYS_sendmsg && event.args[0] == AsArgument(NumberOfSocket());
  absl::Status lent =
      awaited ? listener.InstallFd(event.id, theirs_.get(), /*close_on_exec=*/true, NumberOfSocket()).status()
              : ErrnoStatus("a call that no messenger makes", EPERM);
  theirs_.reset();
  if (lent.ok()) lent = listener.SendContinue(event.id);  // nobody else can have put anything there
  if (!lent.ok()) (void)listener.SendError(event.id, ErrnoOf(lent));
}

absl::StatusOr<NumberedFds> DescriptorRequest::Receive() {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(kMostNumbers * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  if (recvmsg(ours_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0) return ErrnoStatus("recvmsg(SCM_RIGHTS)");
  std::vector<UniqueFd> received;
  for (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(header))) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = CMSG_LEN(0); at + sizeof(int) <= header->cmsg_len; at += sizeof(int)) {
      int fd;
      std::memcpy(&fd, reinterpret_cast<const char*>(header) + at, sizeof(fd));
      received.emplace_back(fd);
    }
  }
  // Without a free number of ours some are missing; with others at the memory, anything may have come.
  if (received.size() != numbers_.size()) return ErrnoStatus("recvmsg(SCM_RIGHTS)", EMFILE);
  NumberedFds fds;
  for (size_t i = 0; i < received.size(); ++i) fds.emplace_back(numbers_[i], std::move(received[i]));
  return fds;
}

void DescriptorRequest::EndMessenger(absl::Status status) {
  if (!status.ok()) result_ = std::move(status);
  ours_.reset();
  Registers registers = messengers_;
  RepeatCall(registers, SYS_exit, CallArguments{});
  messenger_is_ = Messenger::kEnding;
  // Killed, if this fails: its end will be told, and the caller's with it.
  if (WriteRegisters(messenger_, registers).ok()) (void)Resume(messenger_);
  LetCallerGo();
}

}  // namespace usher
