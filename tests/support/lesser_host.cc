#include "tests/support/lesser_host.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

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

// One filter for all of them: each that is put on top costs every call.
void Refuse(std::initializer_list<long> calls, int error) {
  std::vector<sock_filter> code = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offsetof(seccomp_data, nr)))};
  for (const long call : calls) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error)));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
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

// Of the calls that the profile gives with a capability only, or not at all, those that a host may have otherwise. What
// is let through from Linux 4.8 on is: ptrace, process_vm_readv and process_vm_writev; with them goes neither kcmp nor
// pidfd_getfd.
void BelowAContainersFilter() {
  constexpr uint32_t kNewNamespaces =
      CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;
  Refuse({SYS_acct,
          SYS_add_key,
          SYS_bpf,
          SYS_clock_settime,
          SYS_delete_module,
          SYS_fanotify_init,
          SYS_finit_module,
          SYS_fsconfig,
          SYS_fsmount,
          SYS_fsopen,
          SYS_fspick,
          SYS_get_mempolicy,
          SYS_init_module,
          SYS_io_uring_enter,
          SYS_io_uring_register,
          SYS_io_uring_setup,
          SYS_kcmp,
          SYS_kexec_load,
          SYS_keyctl,
          SYS_lookup_dcookie,
          SYS_mbind,
          SYS_migrate_pages,
          SYS_mount,
          SYS_mount_setattr,
          SYS_move_mount,
          SYS_move_pages,
          SYS_open_by_handle_at,
          SYS_open_tree,
          SYS_perf_event_open,
          SYS_pidfd_getfd,
          SYS_pivot_root,
          SYS_process_madvise,
          SYS_quotactl,
          SYS_reboot,
          SYS_request_key,
          SYS_set_mempolicy,
          SYS_setdomainname,
          SYS_sethostname,
          SYS_setns,
          SYS_settimeofday,
          SYS_swapoff,
          SYS_swapon,
          SYS_syslog,
          SYS_umount2,
          SYS_unshare,
          SYS_userfaultfd,
          SYS_vhangup},
         EPERM);
  FilterBits(SYS_clone, 0, kNewNamespaces, SECCOMP_RET_ERRNO | EPERM);
  for (const uint32_t family : {AF_ALG, AF_VSOCK}) FilterValue(SYS_socket, 0, family, SECCOMP_RET_ERRNO | EPERM);
  Refuse({SYS_clone3}, ENOSYS);
}

void WithoutCapabilities() {
  for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) continue;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  syscall(SYS_capset, &header, none);
}

bool WithoutUserNamespaces() {
  prctl(PR_SET_DUMPABLE, 1);  // or its own files in /proc are root's
  const auto only = [](unsigned id) { return std::to_string(id) + " " + std::to_string(id) + " 1"; };
  const std::string person = only(getuid()), group = only(getgid());
  const auto write_to = [](const char* path, const std::string& text) {
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool written = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(fd);
    return written;
  };
  return unshare(CLONE_NEWUSER) == 0 && write_to("/proc/self/uid_map", person) &&
         write_to("/proc/self/setgroups", "deny") && write_to("/proc/self/gid_map", group) &&
         write_to("/proc/sys/user/max_user_namespaces", "0") && unshare(CLONE_NEWUSER) < 0;
}

bool WhereProcHidesOthers() {
  return unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("proc", "/proc", "proc", 0, "hidepid=2") == 0;
}

void WhereSignalsEndWaits() {
  constexpr uint32_t kWaitKillable = 1u << 5;  // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
  FilterBits(SYS_seccomp, 1, kWaitKillable, SECCOMP_RET_ERRNO | EINVAL);
}

bool PlayHost(std::string_view name) {
  if (name == "no-user-namespaces") return WithoutUserNamespaces();
  if (name == "hidepid") return WhereProcHidesOthers();
  if (name == "container-root") WithoutCapabilities();
  if (name == "container" || name == "container-root") BelowAContainersFilter();
  if (name == "old-listener") WhereSignalsEndWaits();
  if (name == "listener" || name == "neither") BelowAListener();
  if (name == "neither") Refuse({SYS_ptrace}, EPERM);
  return std::find(std::begin(kHostNames), std::end(kHostNames), name) != std::end(kHostNames);
}

void WithoutLandlock() {
  Refuse({SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self}, ENOSYS);
}

}  // namespace usher
