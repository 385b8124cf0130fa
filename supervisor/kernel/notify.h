// The seccomp user-notification listener: seccomp_unotify(2), one thin method per ioctl.

#ifndef USHER_SUPERVISOR_KERNEL_NOTIFY_H_
#define USHER_SUPERVISOR_KERNEL_NOTIFY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// One held system call. The registers are a copy; memory behind them is the tracee's and can change at any time.
struct Notification {
  uint64_t id = 0;    // the kernel's cookie, good until the call is answered or its thread dies
  int32_t tid = 0;    // a thread's, not a process's, in our pid namespace
  uint32_t arch = 0;  // AUDIT_ARCH_*
  int32_t nr = 0;
  uint64_t ip = 0;  // address after the system call instruction
  std::array<uint64_t, 6> args{};
};

class Listener {
 public:
  explicit Listener(UniqueFd fd);

  // Waits for the next event. NotFound: the tracee died before we looked; carry on.
  absl::StatusOr<Notification> Receive();

  // True while the call is still held: the thread lives and nobody answered.
  bool StillHeld(uint64_t id) const;

  // Answers. NotFound: the tracee died meanwhile, which is no error. `error` is a positive errno.
  absl::Status SendError(uint64_t id, int error);
  absl::Status SendValue(uint64_t id, int64_t value);
  // Lets the kernel run the call with the tracee's own registers. Never a decision by itself: see invariant 1.
  absl::Status SendContinue(uint64_t id);
  // Installs a copy of `fd` in the tracee as its lowest free descriptor and answers with its number, in one step
  // (SECCOMP_ADDFD_FLAG_SEND, 5.14). InvalidArgument where the kernel has none.
  absl::Status SendFd(uint64_t id, int fd, bool close_on_exec);

  // Installs a copy of `fd` in the tracee, at `number` in the place of whatever is there, else as its lowest free
  // descriptor, and leaves the call held. Its number there.
  absl::StatusOr<int> InstallFd(uint64_t id, int fd, bool close_on_exec, std::optional<int> number = std::nullopt);

  // Wakes the supervisor on the CPU of the tracee (SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, 6.6). False when not there.
  bool UseSyncWakeUp();

  int fd() const { return fd_.get(); }

 private:
  absl::StatusOr<int> AddFd(uint64_t id, int fd, bool close_on_exec, uint32_t flags, int number);
  absl::Status Send(uint64_t id, int32_t error, int64_t value, uint32_t flags);

  UniqueFd fd_;
  std::string buffer_;  // sized by SECCOMP_GET_NOTIF_SIZES: newer kernels may have larger structs
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_NOTIFY_H_
