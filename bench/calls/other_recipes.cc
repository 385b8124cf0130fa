// Programs, sockets, processes, and representatives of the calls that the filter decides by itself.

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>

#include "bench/calls/recipe.h"

namespace usher::bench {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

sockaddr_in AddressOf(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  syscall(SYS_getsockname, fd, &address, &size);
  return address;
}

const sockaddr* Generic(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

int BoundSocket(int type) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const sockaddr_in any = Loopback(0);
  if (fd >= 0 && bind(fd, Generic(any), sizeof(any)) != 0) return -1;
  return fd;
}

// `port` as the network writes it.
long ConnectTo(long nr, int fd, uint16_t port) {
  sockaddr_in to = Loopback(0);
  to.sin_port = port;
  return syscall(nr, fd, &to, sizeof(to));
}
long ConnectToPort(Bench& b) { return ConnectTo(b.nr, b.fd, b.port); }

bool WithTwoUdp(Bench& b) {
  b.fd = BoundSocket(SOCK_DGRAM);
  b.other = BoundSocket(SOCK_DGRAM);
  if (b.fd < 0 || b.other < 0) return false;
  b.port = AddressOf(b.other).sin_port;
  return true;
}
bool WithConnectedUdp(Bench& b) {
  if (!WithTwoUdp(b)) return false;
  return ConnectTo(SYS_connect, b.fd, b.port) == 0;
}
bool WithBoundTcp(Bench& b) {
  b.fd = BoundSocket(SOCK_STREAM);
  return b.fd >= 0;
}

// A listener, and as many connections that are over as a busy machine has: the kernel keeps them for a minute.
bool WithListener(Bench& b) {
  constexpr int kOver = 2000;
  b.other = BoundSocket(SOCK_STREAM);
  if (b.other < 0 || listen(b.other, 64) != 0) return false;
  b.port = AddressOf(b.other).sin_port;
  static std::atomic<bool> made = false;  // once a process
  for (int i = made.exchange(true) ? kOver : 0; i < kOver; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ConnectTo(SYS_connect, fd, b.port) != 0) return false;
    const int peer = accept(b.other, nullptr, nullptr);
    close(fd);
    close(peer);
  }
  return true;
}
// Both ends, so that nothing of it stays.
void EndConnection(Bench& b) {
  const linger at_once{1, 0};
  setsockopt(b.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  const int peer = accept(b.other, nullptr, nullptr);
  close(b.fd);
  close(peer);
}
bool WithPair(Bench& b) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
  b.fd = pair[0];
  b.other = pair[1];
  return true;
}
bool WithOwnPidfd(Bench& b) {
  b.fd = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
  return b.fd >= 0;
}
bool WithPipe(Bench& b) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  b.fd = ends[0];
  b.other = ends[1];
  return true;
}
bool WithNull(Bench& b) {
  b.fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY | O_CLOEXEC));
  return b.fd >= 0;
}
void GiveTcp(Bench& b) { b.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
void CloseResult(Bench& b) { close(static_cast<int>(b.result)); }
void CloseFd(Bench& b) { close(b.fd); }
void Drain(Bench& b) {
  char byte;
  (void)!recv(b.other, &byte, 1, MSG_DONTWAIT);
}

// fork, exec, exit and wait: an exec alone cannot be repeated.
template <typename Exec>
long Started(Exec exec) {
  const pid_t child = vfork();
  if (child == 0) {
    exec();
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  errno = ENOEXEC;
  return -1;
}
constexpr std::string_view kWithFork =
    "with the vfork before it, and the end of a static program and the wait after it";

long ToSelf(const Bench& b) { return syscall(b.nr, syscall(SYS_gettid), 0); }

long QueueToSelf(const Bench& b, bool thread) {
  siginfo_t info{};
  info.si_code = SI_QUEUE;
  return thread ? syscall(b.nr, getpid(), syscall(SYS_gettid), 0, &info) : syscall(b.nr, getpid(), 0, &info);
}

long CopyOwn(const Bench& b) {
  char from[16] = "fifteen letters", to[16];
  const iovec local{to, sizeof(to)}, remote{from, sizeof(from)};
  return syscall(b.nr, getpid(), &local, 1L, &remote, 1L, 0L);
}

struct ScheduleAttributes {  // struct sched_attr, sched_setattr(2)
  uint32_t size = 48, policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0, deadline = 0, period = 0;
};

constexpr Recipe kRecipes[] = {
    {.name = "execve",
     .call =
         [](Bench& b) {
           return Started([&] {
             char* const argv[] = {const_cast<char*>("nothing"), nullptr};
             char* const envp[] = {nullptr};
             syscall(b.nr, b.program.c_str(), argv, envp);
           });
         },
     .remark = kWithFork},
    {.name = "execveat",
     .call =
         [](Bench& b) {
           return Started([&] {
             char* const argv[] = {const_cast<char*>("nothing"), nullptr};
             char* const envp[] = {nullptr};
             syscall(b.nr, AT_FDCWD, b.program.c_str(), argv, envp, 0);
           });
         },
     .remark = kWithFork},

    {.name = "socket",
     .call = [](Bench& b) { return syscall(b.nr, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); },
     .after = CloseResult},
    {.name = "connect",
     .prepare = WithTwoUdp,
     .call = ConnectToPort,
     .remark = "UDP on the loopback"},
    {.name = "connect (tcp)",
     .prepare = WithListener,
     .before = GiveTcp,
     .call = ConnectToPort,
     .after = EndConnection,
     .remark = "on the loopback, beside 2,000 connections that are over"},
    {.name = "bind",
     .before = GiveTcp,
     .call =
         [](Bench& b) {
           const sockaddr_in any = Loopback(0);
           return syscall(b.nr, b.fd, &any, sizeof(any));
         },
     .after = CloseFd,
     .remark = "TCP on the loopback"},
    {.name = "listen", .prepare = WithBoundTcp, .call = [](Bench& b) { return syscall(b.nr, b.fd, 8); }},
    {.name = "sendto",
     .prepare = WithTwoUdp,
     .call =
         [](Bench& b) {
           sockaddr_in to = Loopback(0);
           to.sin_port = b.port;
           return syscall(b.nr, b.fd, "x", 1, 0, &to, sizeof(to));
         },
     .after = Drain,
     .remark = "one byte by UDP on the loopback"},
    {.name = "sendmsg",
     .prepare = WithPair,
     .call =
         [](Bench& b) {
           iovec data{const_cast<char*>("x"), 1};
           msghdr message{};
           message.msg_iov = &data;
           message.msg_iovlen = 1;
           return syscall(b.nr, b.fd, &message, 0);
         },
     .after = Drain,
     .remark = "one byte through a pair of unix sockets"},
    {.name = "sendmmsg",
     .prepare = WithPair,
     .call =
         [](Bench& b) {
           iovec data{const_cast<char*>("x"), 1};
           mmsghdr message{};
           message.msg_hdr.msg_iov = &data;
           message.msg_hdr.msg_iovlen = 1;
           return syscall(b.nr, b.fd, &message, 1, 0);
         },
     .after = Drain,
     .remark = "one byte through a pair of unix sockets"},
    {.name = "getsockname",
     .prepare = WithBoundTcp,
     .call =
         [](Bench& b) {
           sockaddr_in address;
           socklen_t size = sizeof(address);
           return syscall(b.nr, b.fd, &address, &size);
         }},
    {.name = "getpeername",
     .prepare = WithConnectedUdp,
     .call =
         [](Bench& b) {
           sockaddr_in address;
           socklen_t size = sizeof(address);
           return syscall(b.nr, b.fd, &address, &size);
         }},

    {.name = "kill", .call = [](Bench& b) { return syscall(b.nr, getpid(), 0); }, .remark = "with a getpid"},
    {.name = "tkill", .call = [](Bench& b) { return ToSelf(b); }, .remark = "with a gettid"},
    {.name = "tgkill",
     .call = [](Bench& b) { return syscall(b.nr, getpid(), syscall(SYS_gettid), 0); },
     .remark = "with getpid and gettid"},
    {.name = "rt_sigqueueinfo", .call = [](Bench& b) { return QueueToSelf(b, false); }, .remark = "with a getpid"},
    {.name = "rt_tgsigqueueinfo",
     .call = [](Bench& b) { return QueueToSelf(b, true); },
     .remark = "with getpid and gettid"},
    {.name = "pidfd_open",
     .call = [](Bench& b) { return syscall(b.nr, getpid(), 0); },
     .after = CloseResult,
     .remark = "with a getpid"},
    {.name = "pidfd_send_signal",
     .prepare = WithOwnPidfd,
     .call = [](Bench& b) { return syscall(b.nr, b.fd, 0, nullptr, 0); }},
    {.name = "process_vm_readv", .call = [](Bench& b) { return CopyOwn(b); }, .remark = "with a getpid"},
    {.name = "process_vm_writev", .call = [](Bench& b) { return CopyOwn(b); }, .remark = "with a getpid"},
    {.name = "kcmp",
     .call = [](Bench& b) { return syscall(b.nr, getpid(), getpid(), KCMP_VM, 0L, 0L); },
     .remark = "with two getpid"},
    {.name = "prlimit64",
     .call =
         [](Bench& b) {
           rlimit old;
           return syscall(b.nr, getpid(), RLIMIT_NOFILE, nullptr, &old);
         },
     .remark = "with a getpid"},
    {.name = "sched_setaffinity",
     .call =
         [](Bench& b) {
           cpu_set_t set;
           memset(&set, 0xff, sizeof(set));
           return syscall(b.nr, syscall(SYS_gettid), sizeof(set), &set);
         },
     .remark = "with a gettid"},
    {.name = "sched_setparam",
     .call =
         [](Bench& b) {
           const sched_param parameters{};
           return syscall(b.nr, syscall(SYS_gettid), &parameters);
         },
     .remark = "with a gettid"},
    {.name = "sched_setscheduler",
     .call =
         [](Bench& b) {
           const sched_param parameters{};
           return syscall(b.nr, syscall(SYS_gettid), SCHED_OTHER, &parameters);
         },
     .remark = "with a gettid"},
    {.name = "sched_setattr",
     .call =
         [](Bench& b) {
           ScheduleAttributes attributes;
           attributes.nice = getpriority(PRIO_PROCESS, 0);
           return syscall(b.nr, syscall(SYS_gettid), &attributes, 0);
         },
     .remark = "with gettid and getpriority"},
    {.name = "setpriority",
     .call = [](Bench& b) { return syscall(b.nr, PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0)); },
     .remark = "with a getpriority"},
    {.name = "ioprio_set", .call = [](Bench& b) { return syscall(b.nr, 1 /* IOPRIO_WHO_PROCESS */, 0, 2 << 13 | 4); }},
    {.name = "fcntl",
     .prepare = WithPair,
     .call = [](Bench& b) { return syscall(b.nr, b.fd, F_SETOWN, getpid()); },
     .remark = "F_SETOWN; with a getpid"},
    {.name = "get_robust_list",
     .call =
         [](Bench& b) {
           void* head;
           size_t size;
           return syscall(b.nr, syscall(SYS_gettid), &head, &size);
         },
     .remark = "with a gettid"},
    {.name = "move_pages",
     .call = [](Bench& b) { return syscall(b.nr, getpid(), 0L, nullptr, nullptr, nullptr, 0); },
     .remark = "of no page; with a getpid"},

    // Native.
    {.name = "getppid", .call = [](Bench& b) { return syscall(b.nr); }},
    {.name = "write",
     .prepare = WithNull,
     .call = [](Bench& b) { return syscall(b.nr, b.fd, "x", 1); },
     .remark = "to /dev/null"},
    // Native but for a few arguments: what the tests in the filter cost.
    {.name = "ioctl",
     .prepare = WithPipe,
     .call =
         [](Bench& b) {
           int bytes;
           return syscall(b.nr, b.fd, FIONREAD, &bytes);
         }},
    {.name = "prctl",
     .call =
         [](Bench& b) {
           char name[16];
           return syscall(b.nr, PR_GET_NAME, name, 0L, 0L, 0L);
         }},
    {.name = "setsockopt",
     .prepare = WithBoundTcp,
     .call =
         [](Bench& b) {
           const int one = 1;
           return syscall(b.nr, b.fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
         }},
    {.name = "getsockopt",
     .prepare = WithBoundTcp,
     .call =
         [](Bench& b) {
           int value;
           socklen_t size = sizeof(value);
           return syscall(b.nr, b.fd, SOL_SOCKET, SO_TYPE, &value, &size);
         }},
    {.name = "personality", .call = [](Bench& b) { return syscall(b.nr, 0xffffffffL); }},
    {.name = "unshare", .call = [](Bench& b) { return syscall(b.nr, 0L); }},

    // Refused by the filter; Linux itself refuses these arguments too.
    {.name = "clone3", .call = [](Bench& b) { return syscall(b.nr, nullptr, 0L); }, .expected_errno = EINVAL},
    {.name = "openat2",
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), nullptr, 0L); },
     .expected_errno = EINVAL},
};

constexpr Unmeasured kUnmeasured[] = {
    {"ptrace", "a call that does something needs a tracee that stops for it, and costs what that stop costs"},
    {"migrate_pages", "moves memory between NUMA nodes: what it costs depends on the caller's memory, not on the call"},
};

}  // namespace

std::span<const Recipe> OtherRecipes() { return kRecipes; }

std::span<const Unmeasured> UnmeasuredRows() { return kUnmeasured; }

}  // namespace usher::bench
