#include "supervisor/kernel/notify.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

// The listener's lock is waited for, and a signal ends that wait: nothing has happened then.
int Control(int listener, unsigned long request, void* argument) {
  int rc;
  do {
    rc = ioctl(listener, request, argument);
  } while (rc < 0 && errno == EINTR);
  return rc;
}

size_t NotificationSize() {
  seccomp_notif_sizes sizes{};
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0) return sizeof(seccomp_notif);
  return std::max<size_t>(sizes.seccomp_notif, sizeof(seccomp_notif));
}

}  // namespace

Listener::Listener(UniqueFd fd) : fd_(std::move(fd)), buffer_(NotificationSize(), '\0') {}

absl::StatusOr<Notification> Listener::Receive() {
  std::fill(buffer_.begin(), buffer_.end(), '\0');  // the kernel refuses a buffer that is not zero
  if (ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, buffer_.data()) < 0) return ErrnoStatus("SECCOMP_IOCTL_NOTIF_RECV");
  seccomp_notif raw;
  std::memcpy(&raw, buffer_.data(), sizeof(raw));
  Notification event;
  event.id = raw.id;
  event.tid = static_cast<int32_t>(raw.pid);
  event.arch = raw.data.arch;
  event.nr = raw.data.nr;
  event.ip = raw.data.instruction_pointer;
  std::copy(std::begin(raw.data.args), std::end(raw.data.args), event.args.begin());
  return event;
}

bool Listener::StillHeld(uint64_t id) const { return Control(fd_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0; }

absl::Status Listener::Send(uint64_t id, int32_t error, int64_t value, uint32_t flags) {
  seccomp_notif_resp response{};
  response.id = id;
  response.error = error;
  response.val = value;
  response.flags = flags;
  if (Control(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) < 0) return ErrnoStatus("SECCOMP_IOCTL_NOTIF_SEND");
  return absl::OkStatus();
}

absl::Status Listener::SendError(uint64_t id, int error) { return Send(id, -error, 0, 0); }
absl::Status Listener::SendValue(uint64_t id, int64_t value) { return Send(id, 0, value, 0); }
absl::Status Listener::SendContinue(uint64_t id) { return Send(id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE); }

absl::StatusOr<int> Listener::AddFd(uint64_t id, int fd, bool close_on_exec, uint32_t flags, int number) {
  seccomp_notif_addfd add{};
  add.id = id;
  add.flags = flags;
  add.srcfd = static_cast<uint32_t>(fd);
  add.newfd = static_cast<uint32_t>(number);
  add.newfd_flags = close_on_exec ? static_cast<uint32_t>(O_CLOEXEC) : 0;
  const int remote = Control(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add);
  if (remote < 0) return ErrnoStatus("SECCOMP_IOCTL_NOTIF_ADDFD");
  return remote;
}

absl::Status Listener::SendFd(uint64_t id, int fd, bool close_on_exec) {
  return AddFd(id, fd, close_on_exec, SECCOMP_ADDFD_FLAG_SEND, 0).status();
}

absl::StatusOr<int> Listener::InstallFd(uint64_t id, int fd, bool close_on_exec, std::optional<int> number) {
  return AddFd(id, fd, close_on_exec, number ? SECCOMP_ADDFD_FLAG_SETFD : 0, number.value_or(0));
}

bool Listener::UseSyncWakeUp() {
  return ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) == 0;
}

}  // namespace usher
