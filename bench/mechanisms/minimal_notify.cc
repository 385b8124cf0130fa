// The smallest supervisors that a seccomp listener can have: one that only lets the kernel carry on, and one that
// copies the arguments and does the call itself. No policy, no log, no care: the physical limit of the mechanism.

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "bench/mechanisms/filter.h"
#include "bench/mechanisms/minimal.h"
#include "supervisor/kernel/uapi.h"

namespace usher::bench {
namespace {

// Starts the caller behind a listener that it makes in the descriptor table that both share until it execs, so that
// nothing has to be sent. Returns the listener.
int StartBehindListener(const SessionRequest& request, Shared& shared, pid_t& caller) {
  caller = static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
  if (caller == 0) {
    const int listener = InstallFilter(request.nr, SECCOMP_RET_USER_NOTIF, true);
    shared.error = listener < 0 ? errno : 0;
    shared.listener = listener < 0 ? -2 : listener;
    ExecOrDie(CallerArguments(request));
  }
  while (shared.listener == -1) sched_yield();
  if (shared.listener < 0) _exit(1);
  const int listener = shared.listener;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
  PinOrDie(request.supervisor_cpu);
  return listener;
}

// From the second held call on the caller has surely got a table of its own (the first may be its exec): now the runner
// can see the end of its output.
void CloseStandardOnce(const Shared& shared) {
  if (shared.handled != 1) return;
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
}

// What the arguments of one call point to, copied once.
class Copies {
 public:
  Copies(pid_t caller, int pidfd) : caller_(caller), pidfd_(pidfd) {}
  ~Copies() {
    if (fd_ >= 0) close(fd_);
  }

  // In place: registers that point become pointers to copies here. False with errno.
  bool Take(const Row& row, uint64_t (&args)[6]) {
    for (size_t i = 0; i < 6; ++i) {
      switch (row.args[i]) {
        case ArgRole::kPath:
        case ArgRole::kLinkPath:
        case ArgRole::kNewName:
        case ArgRole::kText:
        case ArgRole::kXattrName:
          if (!Text(args[i])) return false;
          break;
        case ArgRole::kTimespecs:
        case ArgRole::kTimevals:
          if (!Bytes(args[i], 32)) return false;
          break;
        case ArgRole::kUtimbuf:
          if (!Bytes(args[i], 16)) return false;
          break;
        case ArgRole::kXattrValue:
        case ArgRole::kSocketAddress:
        case ArgRole::kLinger:
        case ArgRole::kBuffer:
          if (!Bytes(args[i], args[i + 1])) return false;
          break;
        case ArgRole::kMessage:
          if (!Message(args[i])) return false;
          break;
        case ArgRole::kSocketOut:
          out_ = args[i];
          out_size_ = args[i + 1];
          args[i] = reinterpret_cast<uint64_t>(Room(sizeof(sockaddr_storage)));
          size_ = sizeof(sockaddr_storage);
          args[i + 1] = reinterpret_cast<uint64_t>(&size_);
          break;
        case ArgRole::kFd:
          fd_ = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd_, args[i], 0));
          if (fd_ < 0) return false;
          args[i] = static_cast<uint64_t>(fd_);
          break;
        default:
          break;
      }
    }
    return true;
  }

  // What the kernel would have written to the caller.
  void GiveBack() {
    if (out_ == 0) return;
    const iovec local[] = {{buffer_, size_}, {&size_, sizeof(size_)}};
    const iovec remote[] = {{reinterpret_cast<void*>(out_), size_},
                            {reinterpret_cast<void*>(out_size_), sizeof(size_)}};
    process_vm_writev(caller_, local, 2, remote, 2, 0);
  }

 private:
  char* Room(size_t size) {
    char* place = buffer_ + used_;
    used_ += (size + 15) & ~size_t{15};
    return used_ <= sizeof(buffer_) ? place : nullptr;
  }
  bool Bytes(uint64_t& pointer, size_t size) {
    if (pointer == 0) return true;
    char* place = Room(size);
    const iovec local{place, size}, remote{reinterpret_cast<void*>(pointer), size};
    if (place == nullptr || process_vm_readv(caller_, &local, 1, &remote, 1, 0) != static_cast<ssize_t>(size))
      return false;
    pointer = reinterpret_cast<uint64_t>(place);
    return true;
  }
  // Names here are short: one read up to the end of the page, which is where a next one may be missing.
  bool Text(uint64_t& pointer) {
    const size_t size = std::min<size_t>(256, 4096 - pointer % 4096);
    const uint64_t original = pointer;
    if (!Bytes(pointer, size)) return false;
    if (std::memchr(reinterpret_cast<void*>(pointer), 0, size) != nullptr) return true;
    pointer = original;
    return Bytes(pointer, 256);
  }
  bool Message(uint64_t& pointer) {
    if (!Bytes(pointer, sizeof(msghdr))) return false;
    auto* message = reinterpret_cast<msghdr*>(pointer);
    uint64_t vectors = reinterpret_cast<uint64_t>(message->msg_iov);
    if (message->msg_iovlen != 1 || !Bytes(vectors, sizeof(iovec))) return false;
    message->msg_iov = reinterpret_cast<iovec*>(vectors);
    uint64_t data = reinterpret_cast<uint64_t>(message->msg_iov->iov_base);
    if (!Bytes(data, message->msg_iov->iov_len)) return false;
    message->msg_iov->iov_base = reinterpret_cast<void*>(data);
    return true;
  }

  pid_t caller_;
  int pidfd_;
  char buffer_[2048];
  size_t used_ = 0;
  int fd_ = -1;
  uint64_t out_ = 0, out_size_ = 0;
  socklen_t size_ = 0;
};

}  // namespace

namespace {

// `epoll`: waited for first, or -1.
void ContinueAll(int listener, int epoll, Shared& shared) {
  seccomp_notif event;
  epoll_event ready;
  for (;;) {
    if (epoll >= 0 && epoll_wait(epoll, &ready, 1, -1) != 1) continue;
    std::memset(&event, 0, sizeof(event));
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &event) != 0) continue;
    CloseStandardOnce(shared);
    seccomp_notif_resp answer{};
    answer.id = event.id;
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    shared.handled = shared.handled + 1;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

}  // namespace

void SuperviseByContinue(const SessionRequest& request, Shared& shared) {
  pid_t caller;
  ContinueAll(StartBehindListener(request, shared, caller), -1, shared);
}

void SuperviseByEpoll(const SessionRequest& request, Shared& shared) {
  pid_t caller;
  const int listener = StartBehindListener(request, shared, caller);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &wanted) != 0) _exit(1);
  ContinueAll(listener, epoll, shared);
}

void SuperviseByBroker(const SessionRequest& request, Shared& shared) {
  pid_t caller;
  const int listener = StartBehindListener(request, shared, caller);
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, caller, 0));
  const bool opens = request.row->allow_by == AllowBy::kOpen;
  seccomp_notif event;
  for (;;) {
    std::memset(&event, 0, sizeof(event));
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &event) != 0) continue;
    CloseStandardOnce(shared);
    seccomp_notif_resp answer{};
    answer.id = event.id;
    uint64_t args[6];
    std::copy(std::begin(event.data.args), std::end(event.data.args), args);
    Copies copies(caller, pidfd);
    long result = -1;
    if (copies.Take(*request.row, args) && ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &event.id) == 0) {
      result = syscall(event.data.nr, args[0], args[1], args[2], args[3], args[4], args[5]);
    }
    shared.handled = shared.handled + 1;
    if (result >= 0 && opens) {
      seccomp_notif_addfd give{};
      give.id = event.id;
      give.flags = SECCOMP_ADDFD_FLAG_SEND;
      give.srcfd = static_cast<uint32_t>(result);
      give.newfd_flags = O_CLOEXEC;
      ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
      close(static_cast<int>(result));
      continue;
    }
    if (result < 0) answer.error = -errno;
    if (result >= 0) copies.GiveBack();
    answer.val = result < 0 ? 0 : result;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

}  // namespace usher::bench
