#include "supervisor/intercept/descriptor_handover.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/remote_memory.h"

namespace usher {
namespace {

constexpr uint64_t kPageSize = 4096;    // enough, whatever a page is here
constexpr rlim_t kHighestNumber = 960;  // below FD_SETSIZE, and above what people write into scripts
constexpr rlim_t kRoomAbove = 32;

// What the page holds for recvmsg(2). The tracee can change it at any time.
struct ReceiveFrame {
  msghdr message;
  iovec data;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  char byte;
};
static_assert(sizeof(ReceiveFrame) < kPageSize);

ReceiveFrame FrameAt(uint64_t address) {
  ReceiveFrame frame{};
  frame.data.iov_base = reinterpret_cast<void*>(address + offsetof(ReceiveFrame, byte));
  frame.data.iov_len = 1;
  frame.message.msg_iov = reinterpret_cast<iovec*>(address + offsetof(ReceiveFrame, data));
  frame.message.msg_iovlen = 1;
  frame.message.msg_control = reinterpret_cast<void*>(address + offsetof(ReceiveFrame, control));
  frame.message.msg_controllen = sizeof(frame.control);
  return frame;
}

// The inode of a socket of somebody's, 0 for anything else.
uint64_t SocketInode(int32_t tid, int number) {
  char target[64];
  const ssize_t length = readlink(Concat("/proc/", tid, "/fd/", number).c_str(), target, sizeof(target));
  std::string_view name(target, length < 0 ? 0 : static_cast<size_t>(length));
  constexpr std::string_view kPrefix = "socket:[";
  uint64_t inode = 0;
  if (!name.starts_with(kPrefix) || !name.ends_with("]")) return 0;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(1);
  return ParseNumber(name, &inode) ? inode : 0;
}

// Ours to send through: a nameless end of a pair that this very process made.
bool IsEndOfPair(int fd, int32_t process) {
  int domain = 0, type = 0;
  ucred peer{};
  socklen_t size = sizeof(int), peer_size = sizeof(peer);
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
         getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
         getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0 && peer.pid == process;
}

uint64_t LowestHighNumber(int32_t tid) {
  rlimit limit{};
  if (prlimit(tid, RLIMIT_NOFILE, nullptr, &limit) < 0 || limit.rlim_cur <= 2 * kRoomAbove) return 3;
  return std::min(limit.rlim_cur - kRoomAbove, kHighestNumber);
}

}  // namespace

DescriptorHandover::DescriptorHandover(int32_t tid, int32_t process, const CallAtStop& call, UniqueFd fd,
                                       bool close_on_exec, Then then, std::shared_ptr<DescriptorChannel> channel)
    : tid_(tid),
      process_(process),
      call_(call),
      fd_(std::move(fd)),
      close_on_exec_(close_on_exec),
      then_(then),
      channel_(std::move(channel)) {}

bool DescriptorHandover::ChannelIsThere() const {
  return channel_ != nullptr && !channel_->spoiled && SocketInode(tid_, channel_->number) == channel_->inode;
}

// A handler must not run between two calls that are not the program's own.
absl::Status DescriptorHandover::BlockSignals() {
  USHER_ASSIGN_OR_RETURN(const uint64_t mask, ReadSignalMask(tid_));
  USHER_RETURN_IF_ERROR(WriteSignalMask(tid_, ~uint64_t{0}));
  signal_mask_ = mask;
  return absl::OkStatus();
}

absl::Status DescriptorHandover::Start() {
  const absl::Status started = Begin();
  if (!started.ok() && signal_mask_) (void)WriteSignalMask(tid_, *signal_mask_);
  return started;
}

absl::Status DescriptorHandover::Begin() {
  USHER_ASSIGN_OR_RETURN(held_, ReadRegisters(tid_));
  const bool there = ChannelIsThere();
  if (!there || then_ == Then::kCallAgain) USHER_RETURN_IF_ERROR(BlockSignals());
  if (there) {
    // The page may be gone, by a munmap of everything: then all is made anew.
    const absl::Status sent = Make(Step::kReceive);
    if (sent.ok() || ErrnoOf(sent) != EFAULT) return sent;
    if (!signal_mask_) USHER_RETURN_IF_ERROR(BlockSignals());
  }
  channel_ = std::make_shared<DescriptorChannel>();
  return Make(Step::kMap);
}

bool DescriptorHandover::OnTrap() {
  const auto now = ReadRegisters(tid_);
  absl::Status status = now.ok() ? Take(step_, CallResultOf(*now)) : now.status();
  if (status.ok() && step_ != Step::kReceive) {
    step_ = After(step_);
    status = GoBack(State::kGoingBack);
    if (status.ok()) return false;
  }
  if (!status.ok()) {
    number_ = status;
    if (step_ == Step::kReceive) channel_->spoiled = true;
    channel_ = nullptr;
  }
  return Finish();
}

bool DescriptorHandover::OnCall() {
  if (state_ == State::kGoingBackForGood) {
    if (signal_mask_) (void)WriteSignalMask(tid_, *signal_mask_);
    return true;
  }
  if (const absl::Status made = Make(step_); !made.ok()) {
    number_ = made;
    channel_ = nullptr;
    return Finish();
  }
  return false;
}

bool DescriptorHandover::Finish() {
  if (then_ == Then::kCallAgain) {
    (void)GoBack(State::kGoingBackForGood);
    return false;
  }
  Registers registers = held_;
  SkipCall(registers, number_.ok() ? *number_ : -ErrnoOf(number_.status()));
  if (signal_mask_) (void)WriteSignalMask(tid_, *signal_mask_);
  // Killed, if any of this fails: its end will be told.
  if (WriteRegisters(tid_, registers).ok() && WriteCallNumber(tid_, -1).ok()) (void)Resume(tid_);
  return true;
}

absl::Status DescriptorHandover::GoBack(State state) {
  state_ = state;
  Registers registers = held_;
  if (kFilterSeesFirstArgumentAsItWas && state == State::kGoingBack && step_ == Step::kPair) {
    // The filter lets only this family pass, so it has to be there from the beginning. An open stops with any
    // directory.
    CallArguments args = call_.nr == SYS_openat ? call_.args : CallArguments{};
    args[0] = AF_UNIX;
    RepeatCall(registers, SYS_openat, args);
  } else {
    RepeatCall(registers, call_.nr, call_.args);
  }
  USHER_RETURN_IF_ERROR(WriteRegisters(tid_, registers));
  return Resume(tid_);
}

// In the place of the call that the thread stands before.
absl::Status DescriptorHandover::Inject(int32_t nr, const CallArguments& args) {
  state_ = State::kInjected;
  Registers registers = held_;
  ReplaceCall(registers, nr, args);
  USHER_RETURN_IF_ERROR(WriteRegisters(tid_, registers));
  USHER_RETURN_IF_ERROR(WriteCallNumber(tid_, nr));
  USHER_RETURN_IF_ERROR(Interrupt(tid_));  // stops on its way back
  return Resume(tid_);
}

absl::Status DescriptorHandover::Make(Step step) {
  step_ = step;
  switch (step) {
    case Step::kMap:
      return Inject(SYS_mmap, {0, kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, AsArgument(-1), 0});
    case Step::kPair:
      return Inject(SYS_socketpair, {AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel_->page, 0, 0});
    case Step::kMove:
      return Inject(SYS_fcntl, {AsArgument(second_), F_DUPFD_CLOEXEC, LowestHighNumber(tid_), 0, 0, 0});
    case Step::kClose:
      if (After(step) == Step::kReceive) return Inject(SYS_close_range, {AsArgument(first_), AsArgument(second_), 0, 0, 0, 0});
      return Inject(SYS_close, {AsArgument(second_), 0, 0, 0, 0, 0});
    case Step::kCloseOther:
      return Inject(SYS_close, {AsArgument(first_), 0, 0, 0, 0, 0});
    case Step::kReceive:
      break;
  }
  const ReceiveFrame frame = FrameAt(channel_->page);
  USHER_RETURN_IF_ERROR(RemoteMemory(tid_).WriteBytes(channel_->page, &frame, sizeof(frame)));
  USHER_RETURN_IF_ERROR(Send());
  const int flags = MSG_DONTWAIT | (close_on_exec_ ? MSG_CMSG_CLOEXEC : 0);
  const absl::Status injected =
      Inject(SYS_recvmsg, {AsArgument(channel_->number), channel_->page, static_cast<uint64_t>(flags), 0, 0, 0});
  if (!injected.ok()) channel_->spoiled = true;
  return injected;
}

DescriptorHandover::Step DescriptorHandover::After(Step step) const {
  // Two numbers in a row are closed at once.
  if (step == Step::kClose && second_ == first_ + 1) return Step::kReceive;
  return static_cast<Step>(static_cast<int>(step) + 1);
}

absl::Status DescriptorHandover::Take(Step step, int64_t result) {
  if (result < 0) return ErrnoStatus("injected call", static_cast<int>(-result));
  switch (step) {
    case Step::kMap:
      channel_->page = static_cast<uint64_t>(result);
      return absl::OkStatus();
    case Step::kPair:
      return TakePair();
    case Step::kMove:
      channel_->number = static_cast<int>(result);
      channel_->inode = SocketInode(tid_, channel_->number);
      return channel_->inode == 0 ? ErrnoStatus("injected socketpair", EBADF) : absl::OkStatus();
    case Step::kClose:
    case Step::kCloseOther:
      return absl::OkStatus();
    case Step::kReceive:
      break;
  }
  number_ = ReadNumber();
  return number_.status();
}

absl::Status DescriptorHandover::TakePair() {
  USHER_ASSIGN_OR_RETURN(const auto pair, (RemoteMemory(tid_).Read<std::array<int32_t, 2>>(channel_->page)));
  first_ = pair[0];
  second_ = pair[1];
  USHER_ASSIGN_OR_RETURN(const UniqueFd pidfd, PidfdOpen(process_));
  USHER_ASSIGN_OR_RETURN(channel_->ours, PidfdGetFd(pidfd.get(), first_));
  return IsEndOfPair(channel_->ours.get(), process_) ? absl::OkStatus() : ErrnoStatus("injected socketpair", EBADF);
}

// Our own copy is closed at once: a file that is open for writing here could not be run (ETXTBSY).
absl::Status DescriptorHandover::Send() {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = fd_.get();
  std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
  if (sendmsg(channel_->ours.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
    return ErrnoStatus("sendmsg(SCM_RIGHTS)");
  fd_.reset();
  return absl::OkStatus();
}

absl::StatusOr<int> DescriptorHandover::ReadNumber() const {
  USHER_ASSIGN_OR_RETURN(const auto frame, RemoteMemory(tid_).Read<ReceiveFrame>(channel_->page));
  // Without a free number the kernel drops the descriptor, and says that something was cut off.
  if (frame.message.msg_controllen < CMSG_LEN(sizeof(int))) return ErrnoStatus("recvmsg(SCM_RIGHTS)", EMFILE);
  int number;
  std::memcpy(&number, CMSG_DATA(reinterpret_cast<const cmsghdr*>(frame.control)), sizeof(number));
  return number;
}

}  // namespace usher
