#include "tests/support/lesser_host.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace usher {

int Filter(long call, uint32_t action, unsigned flags) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offsetof(seccomp_data, nr))),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{4, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

namespace {

int FilterArgument(long call, int arg, uint16_t test, uint32_t value, uint32_t action) {
  const auto low_half = static_cast<uint32_t>(offsetof(seccomp_data, args) + static_cast<size_t>(arg) * 8);
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offsetof(seccomp_data, nr))),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_half),
      BPF_JUMP(static_cast<uint16_t>(BPF_JMP | test | BPF_K), value, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{6, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

}  // namespace

int FilterBits(long call, int arg, uint32_t bits, uint32_t action) {
  return FilterArgument(call, arg, BPF_JSET, bits, action);
}
int FilterValue(long call, int arg, uint32_t value, uint32_t action) {
  return FilterArgument(call, arg, BPF_JEQ, value, action);
}

void Refuse(std::initializer_list<long> calls, int error) {
  for (const long call : calls) Filter(call, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error));
}

void BelowAListener() { BelowAListenerFor(SYS_acct); }

void BelowAListenerFor(long call) {
  fcntl(Filter(call, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER), F_SETFD, 0);
}

void BelowSomebodyWhoLetsGo(long call) {
  // The table of descriptors is shared, so that the other finds the listener under its number.
  const int here = getpid();
  int listener = -1;
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) < 0) _exit(99);
  const auto other = static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
  if (other == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != here || read(ready[0], &listener, sizeof(listener)) != sizeof(listener)) _exit(0);
    unshare(CLONE_FILES);
    const int null = open("/dev/null", O_RDWR);  // nobody waits for the output of this process
    for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
    for (;;) {
      alignas(seccomp_notif) char buffer[1024] = {};
      auto* event = reinterpret_cast<seccomp_notif*>(buffer);
      if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, event) < 0) {
        if (errno == EINTR || errno == ENOENT) continue;
        _exit(0);
      }
      seccomp_notif_resp answer{};
      answer.id = event->id;
      answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
      ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
  }
  listener = Filter(call, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
  if (write(ready[1], &listener, sizeof(listener)) != sizeof(listener)) _exit(99);
}

void WhereNobodyLooksInside() {
  Refuse({SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd, SYS_kcmp}, EPERM);
}

void WithoutLandlock() {
  Refuse({SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self}, ENOSYS);
}

}  // namespace usher
