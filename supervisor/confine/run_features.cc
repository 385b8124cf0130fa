#include "supervisor/confine/run_features.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "supervisor/kernel/process.h"
#include "supervisor/kernel/uapi.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

// Stands at the same address in the command's process, which is a copy of this one until its first execve.
constexpr unsigned long kWord = 0x7573686572;
volatile const unsigned long word_in_memory = kWord;

int TryMemory(pid_t pid) {
  unsigned long word = 0;
  iovec here{&word, sizeof word};
  iovec there{const_cast<unsigned long*>(&word_in_memory), sizeof word};
  if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0) return errno;
  return word == kWord ? 0 : EPROTO;
}

// A descriptor that the command may not have (EBADF) is looked for after the right to look was checked.
int TryDescriptor(pid_t pid) {
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return errno;
  const UniqueFd copy(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), 0, 0)));
  return copy || errno == EBADF ? 0 : errno;
}

// Without disturbing it: seizing it is the exec guard's. Whether anybody may is what reading its memory has shown, for
// the kernel asks the same (PTRACE_MODE_ATTACH_REALCREDS); left to find out is whether the call itself is refused, and
// whether a debugger that has Usher has it as well. Of one that nobody traces the kernel says ESRCH.
int TryStop(pid_t pid, int memory_error) {
  if (memory_error == EPERM) return EPERM;
  if (IsTraced(getpid())) return EPERM;
  siginfo_t info;
  if (ptrace(PTRACE_GETSIGINFO, pid, nullptr, &info) == 0) return 0;
  return errno == ESRCH ? 0 : errno;
}

// Asked of a call that does not exist: the kernel says so (ENOENT) if it understands the rest (EINVAL).
int TryAddFd(int listener, uint32_t flags) {
  seccomp_notif_addfd add{};
  add.id = ~uint64_t{0};
  add.flags = flags;
  add.srcfd = static_cast<uint32_t>(listener);
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) >= 0) return EPROTO;
  return errno == ENOENT ? 0 : errno;
}

int TryOpenAt2() {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  return UniqueFd(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how))) ? 0 : errno;
}

// The command lays its floor and tries it, or it does not come this far.
int LandlockError(int floor_abi) {
  if (floor_abi > 0) return 0;
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi < 0 ? errno : EPROTO;
}

// Whatever the kind: the command has done these itself, or would have told of its failure.
HostFeatures DoneBy(int floor_abi) {
  HostFeatures features;
  features.no_new_privs.error = features.seccomp_filter.error = features.close_range_unshare.error = 0;
  features.pidfd_open.error = 0;  // of the keeper
  features.landlock.error = LandlockError(floor_abi);
  features.landlock_abi = floor_abi;
  features.openat2.error = TryOpenAt2();
  return features;
}

void TryReach(const Launched& launched, HostFeatures& features) {
  features.process_vm_readv.error = TryMemory(launched.command);
  features.pidfd_getfd.error = TryDescriptor(launched.command);
}

}  // namespace

HostFeatures FeaturesOfListenedRun(const Launched& launched, int floor_abi) {
  HostFeatures features = DoneBy(floor_abi);
  features.new_listener.error = 0;
  features.wait_killable.error = launched.wait_killable ? 0 : EINVAL;
  features.add_fd.error = TryAddFd(launched.listener.get(), 0);
  features.add_fd_send.error = TryAddFd(launched.listener.get(), SECCOMP_ADDFD_FLAG_SEND);
  TryReach(launched, features);
  features.ptrace_seize.error = TryStop(launched.command, features.process_vm_readv.error);
  return features;
}

HostFeatures FeaturesOfTracedRun(const Launched& launched, int floor_abi, int calls_taken) {
  HostFeatures features = DoneBy(floor_abi);
  features.new_listener.error = launched.listener_error == 0 ? Attempt::kUnwanted : launched.listener_error;
  features.trace_calls.error = features.ptrace_seize.error = 0;  // it was seized
  features.calls_taken = calls_taken;
  TryReach(launched, features);
  return features;
}

HostFeatures FeaturesOfStaticRun(int floor_abi) { return DoneBy(floor_abi); }

}  // namespace usher
