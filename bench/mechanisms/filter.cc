#include "bench/mechanisms/filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "supervisor/confine/landlock_plan.h"
#include "supervisor/kernel/landlock.h"
#include "supervisor/kernel/uapi.h"

namespace usher::bench {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArch = AUDIT_ARCH_AARCH64;
#endif

}  // namespace

int InstallFilter(int nr, uint32_t action, bool listener) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArch, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(nr), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{sizeof(program) / sizeof(program[0]), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  if (!listener) return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter));
  // The caller waits as Usher's does: since Linux 5.19 so that only a deadly signal ends it.
  const auto listen = [&](unsigned long more) {
    return static_cast<int>(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | more, &filter));
  };
  const int fd = listen(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  return fd < 0 && errno == EINVAL ? listen(0) : fd;
}

bool InstallFloor(const char* workspace) {
  const LandlockHandled handled = HandledBy(LandlockAbi());
  auto ruleset = CreateLandlockRuleset({.fs = handled.fs, .scoped = handled.scoped});
  if (!ruleset.ok()) return false;
  for (const char* place : {"/usr", "/bin", "/lib", "/lib64", "/etc", "/dev", "/proc", "/sys", workspace}) {
    const UniqueFd object(open(place, O_PATH | O_CLOEXEC));
    if (object && !AllowBeneath(ruleset->get(), object.get(), handled.fs).ok()) return false;
  }
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && RestrictSelf(ruleset->get()) == 0;
}

}  // namespace usher::bench
