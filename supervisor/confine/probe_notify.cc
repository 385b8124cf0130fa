#include "supervisor/confine/probe_notify.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "supervisor/confine/probe_child.h"
#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

// A call that nothing in a probing process needs, without arguments and always successful.
constexpr uint32_t kTriedCall = SYS_getppid;
constexpr int kSomeErrno = EXDEV;  // that kTriedCall never gives by itself

// Gives kTriedCall to `action`. The probing process makes native calls only, so the filter need not look at the
// architecture.
int InstallFilter(uint32_t action, unsigned int flags) {
  std::array<sock_filter, 4> program = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kTriedCall, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
  return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter));
}

int InstallListener(unsigned int flags) {
  return InstallFilter(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags);
}

union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

bool SendFd(int socket, int fd) {
  char byte = 0;
  iovec data{&byte, 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

int ReceiveFd(int socket) {
  char byte;
  iovec data{&byte, 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control.bytes;
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return -1;
  int fd;
  std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
  return fd;
}

// The tracee: hands its listener over, makes the call once, and checks that what came back is a descriptor.
int MakeTheCall(int socket) {
  const int listener = InstallListener(0);
  if (listener < 0) return errno;
  if (!SendFd(socket, listener)) return EIO;
  close(listener);
  const long fd = syscall(kTriedCall);
  if (fd < 0) return errno;
  return fcntl(static_cast<int>(fd), F_GETFD) < 0 ? EBADF : 0;
}

// Answers the next notification; an errno when it could not.
using AnswerFn = int (*)(int listener, uint64_t id);

int Reply(int listener, uint64_t id, int64_t value, int error) {
  seccomp_notif_resp reply{};
  reply.id = id;
  reply.val = value;
  reply.error = -error;
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) < 0 ? errno : 0;
}

seccomp_notif_addfd Addition(uint64_t id, int fd, uint32_t flags) {
  seccomp_notif_addfd add{};
  add.id = id;
  add.flags = flags;
  add.srcfd = static_cast<uint32_t>(fd);
  return add;
}

int AnswerWithAddFd(int listener, uint64_t id) {
  seccomp_notif_addfd add = Addition(id, listener, 0);  // any descriptor serves
  const int fd = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
  return fd < 0 ? errno : Reply(listener, id, fd, 0);
}

int AnswerWithAddFdSend(int listener, uint64_t id) {
  seccomp_notif_addfd add = Addition(id, listener, SECCOMP_ADDFD_FLAG_SEND);
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0 ? errno : 0;
}

int WithTracee(AnswerFn answer) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) return errno;
  const ProbeChild tracee = ProbeChild::Start([&] { return MakeTheCall(sockets[1]); });
  close(sockets[1]);
  const int listener = ReceiveFd(sockets[0]);
  if (listener < 0) return tracee.Wait();  // says why it has none

  // The structure may be longer in a newer kernel, which then wants all of it to be zero.
  alignas(seccomp_notif) char notification[1024] = {};
  auto* event = reinterpret_cast<seccomp_notif*>(notification);
  if (pollfd wait{listener, POLLIN, 0}; poll(&wait, 1, 1000) != 1 || (wait.revents & POLLIN) == 0) return ETIMEDOUT;
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, event) < 0) return errno;
  if (const int error = answer(listener, event->id); error != 0) {
    Reply(listener, event->id, 0, error);
    tracee.Wait();
    return error;
  }
  return tracee.Wait();
}

}  // namespace

int TryFilter() {
  if (InstallFilter(SECCOMP_RET_ERRNO | kSomeErrno, 0) < 0) return errno;
  return syscall(kTriedCall) < 0 && errno == kSomeErrno ? 0 : EPROTO;
}

int TryNewListener() { return InstallListener(0) < 0 ? errno : 0; }

int TryWaitKillable() { return InstallListener(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) < 0 ? errno : 0; }

int TrySyncWakeUp() {
  const int listener = InstallListener(0);
  if (listener < 0) return errno;
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) < 0 ? errno : 0;
}

int TryAddFd() { return WithTracee(&AnswerWithAddFd); }
int TryAddFdSend() { return WithTracee(&AnswerWithAddFdSend); }

}  // namespace usher
