// The table of system calls that are held or refused. The filter, the decoder, docs/syscalls.md and the per-call
// benchmarks derive from it. To mediate one more call, add a row. Calls that stay in the kernel stand in native.h.

#include <asm/ioctls.h>
#include <linux/f2fs.h>
#include <linux/fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/msdos_fs.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "supervisor/syscalls/native.h"
#include "supervisor/syscalls/row.h"

namespace usher {
namespace {

using enum ArgRole;
using enum AllowBy;
using Compare = ArgTest::Compare;

constexpr uint32_t kNamespaceFlags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                     CLONE_NEWNET | CLONE_NEWCGROUP;
constexpr uint32_t kTypeMask = 0xf;  // SOCK_NONBLOCK and SOCK_CLOEXEC travel in the same argument

// O_PATH grants nothing until it is reopened, and the reopen is judged as a new access; it could not be injected either.
constexpr ArgTest kOpenTests[] = {{.arg = 1, .compare = Compare::kAnyBit, .value = O_PATH, .word = "O_PATH"}};
constexpr ArgTest kOpenAtTests[] = {{.arg = 2, .compare = Compare::kAnyBit, .value = O_PATH, .word = "O_PATH"}};
constexpr ArgTest kCloneTests[] = {{.arg = 0,
                                    .compare = Compare::kAnyBit,
                                    .value = kNamespaceFlags | CLONE_UNTRACED | CLONE_PTRACE,
                                    .then = Treatment::kRefused,
                                    .error = EPERM,
                                    .word = "CLONE_NEWNS … CLONE_NEWCGROUP, CLONE_UNTRACED, CLONE_PTRACE"}};
// In the flags of clone, CLONE_NEWTIME is a part of the signal.
constexpr ArgTest kUnshareTests[] = {
    {.arg = 0,
     .compare = Compare::kAnyBit,
     .value = kNamespaceFlags | CLONE_NEWTIME,
     .then = Treatment::kRefused,
     .error = EPERM,
     .word = "CLONE_NEWNS … CLONE_NEWCGROUP, CLONE_NEWTIME"}};
// Half a register, as the kernel takes a request or an option.
constexpr ArgTest RefusedValue(uint8_t arg, uint64_t value, int error, std::string_view word) {
  return {.arg = arg, .value = static_cast<uint32_t>(value), .then = Treatment::kRefused, .error = error, .word = word};
}
constexpr ArgTest RefusedIoctl(uint64_t request, int error, std::string_view word) { return RefusedValue(1, request, error, word); }
constexpr ArgTest RefusedIoctlKind(uint32_t kind, int error, std::string_view word) {
  return {.arg = 1, .mask = 0xff00, .value = kind << 8, .then = Treatment::kRefused, .error = error, .word = word};
}
constexpr ArgTest NativeIoctl(uint64_t request, std::string_view word) {
  return {.arg = 1, .value = static_cast<uint32_t>(request), .word = word};
}

constexpr ArgTest kIoctlTests[] = {
    RefusedIoctl(TIOCSTI, EPERM, "TIOCSTI"),
    RefusedIoctl(TIOCLINUX, EPERM, "TIOCLINUX"),
    RefusedIoctl(TIOCCONS, EPERM, "TIOCCONS"),
    RefusedIoctl(TIOCSETD, EPERM, "TIOCSETD"),
    // Who gets SIGIO of a socket: fcntl(F_SETOWN) by another door.
    RefusedIoctl(FIOSETOWN, EPERM, "FIOSETOWN"),
    RefusedIoctl(SIOCSPGRP, EPERM, "SIOCSPGRP"),
    // Attributes of a file, or that it can never be changed again, through a descriptor that may be read-only. Of the calls
    // that file systems number with an 'f' only those stay that look: the others change flags, encryption, verity, the layout
    // or, in ext4, the whole file system.
    RefusedIoctl(FS_IOC_FSSETXATTR, EOPNOTSUPP, "FS_IOC_FSSETXATTR"),
    RefusedIoctl(FS_IOC_SETVERSION, EOPNOTSUPP, "FS_IOC_SETVERSION"),
    RefusedIoctl(FS_IOC32_SETVERSION, EOPNOTSUPP, "FS_IOC32_SETVERSION"),
    RefusedIoctl(FAT_IOCTL_SET_ATTRIBUTES, EOPNOTSUPP, "FAT_IOCTL_SET_ATTRIBUTES"),
    NativeIoctl(FS_IOC_GETFLAGS, "FS_IOC_GETFLAGS"),
    NativeIoctl(FS_IOC32_GETFLAGS, "FS_IOC32_GETFLAGS"),
    NativeIoctl(_IOR('f', 3, long), "EXT4_IOC_GETVERSION"),
    NativeIoctl(FS_IOC_FIEMAP, "FS_IOC_FIEMAP"),
    NativeIoctl(FS_IOC_GET_ENCRYPTION_POLICY, "FS_IOC_GET_ENCRYPTION_POLICY"),
    NativeIoctl(FS_IOC_GET_ENCRYPTION_POLICY_EX, "FS_IOC_GET_ENCRYPTION_POLICY_EX"),
    NativeIoctl(FS_IOC_GET_ENCRYPTION_KEY_STATUS, "FS_IOC_GET_ENCRYPTION_KEY_STATUS"),
    NativeIoctl(FS_IOC_GET_ENCRYPTION_NONCE, "FS_IOC_GET_ENCRYPTION_NONCE"),
    NativeIoctl(FS_IOC_MEASURE_VERITY, "FS_IOC_MEASURE_VERITY"),
    NativeIoctl(FS_IOC_READ_VERITY_METADATA, "FS_IOC_READ_VERITY_METADATA"),
    RefusedIoctlKind('f', EOPNOTSUPP, "any other of kind 'f'"),
    RefusedIoctlKind(F2FS_IOCTL_MAGIC, ENOTTY, "any of F2FS_IOCTL_MAGIC"),
    // Copies between descriptors, numbered as btrfs's own calls are; those make and remove names, and are refused.
    NativeIoctl(FICLONE, "FICLONE"),
    NativeIoctl(FICLONERANGE, "FICLONERANGE"),
    NativeIoctl(FIDEDUPERANGE, "FIDEDUPERANGE"),
    RefusedIoctlKind(0x94 /* BTRFS_IOCTL_MAGIC */, ENOTTY, "any other of BTRFS_IOCTL_MAGIC"),
};
// PR_SET_DUMPABLE 0 would blind the supervisor (F2); PR_SET_MM and a syscall user dispatch have no place in here.
constexpr ArgTest kPrctlTests[] = {
    RefusedValue(0, PR_SET_DUMPABLE, 0, "PR_SET_DUMPABLE"),
    RefusedValue(0, PR_SET_MM, EPERM, "PR_SET_MM"),
    RefusedValue(0, PR_SET_SECUREBITS, EPERM, "PR_SET_SECUREBITS"),
    RefusedValue(0, PR_SET_SYSCALL_USER_DISPATCH, EINVAL, "PR_SET_SYSCALL_USER_DISPATCH"),
    // It takes a process id, of anybody.
    RefusedValue(0, 62 /* PR_SCHED_CORE */, EPERM, "PR_SCHED_CORE"),
};
constexpr ArgTest kSocketTests[] = {
    {.arg = 0, .value = AF_UNIX, .then = Treatment::kNative, .word = "AF_UNIX"},
    {.arg = 0, .value = AF_INET, .then = Treatment::kMediated, .word = "AF_INET"},
    {.arg = 0, .value = AF_INET6, .then = Treatment::kMediated, .word = "AF_INET6"},
    {.arg = 0, .value = AF_NETLINK, .then = Treatment::kMediated, .word = "AF_NETLINK"},
};
// MSG_FASTOPEN connects: only connect(2) may.
constexpr ArgTest kSendToTests[] = {{.arg = 3,
                                     .compare = Compare::kAnyBit,
                                     .value = MSG_FASTOPEN,
                                     .then = Treatment::kRefused,
                                     .error = EOPNOTSUPP,
                                     .word = "MSG_FASTOPEN"},
                                    {.arg = 4, .wide = true, .value = 0, .then = Treatment::kNative, .word = "0"}};
constexpr ArgTest kSendMessageTests[] = {{.arg = 2,
                                          .compare = Compare::kAnyBit,
                                          .value = MSG_FASTOPEN,
                                          .then = Treatment::kRefused,
                                          .error = EOPNOTSUPP,
                                          .word = "MSG_FASTOPEN"}};
constexpr ArgTest kSendMessagesTests[] = {{.arg = 3,
                                           .compare = Compare::kAnyBit,
                                           .value = MSG_FASTOPEN,
                                           .then = Treatment::kRefused,
                                           .error = EOPNOTSUPP,
                                           .word = "MSG_FASTOPEN"}};
constexpr ArgTest kSocketPairTests[] = {{.arg = 0, .value = AF_UNIX, .then = Treatment::kNative, .word = "AF_UNIX"}};
// A level and an option's name, in that order.
constexpr ArgTest RefusedOption(uint32_t level, uint32_t name, int error, std::string_view word) {
  return {.arg = 2, .value = name, .then = Treatment::kRefused, .error = error, .with_arg = 1, .with_value = level,
          .word = word};
}
// What is not here is the kernel's: options that say how the socket's own data is received, kept, timed or filtered
// (SO_ATTACH_FILTER, IP_ADD_MEMBERSHIP, IP_UNBLOCK_SOURCE, TCP_CONGESTION, …), and those that need a capability, which nobody
// inside has (SO_MARK, IP_TRANSPARENT, IPV6_TRANSPARENT, TCP_REPAIR, *_XFRM_POLICY, tables of netfilter).
constexpr ArgTest kSetSockOptTests[] = {
    // The kernel would read the broker's memory long after the call.
    RefusedOption(SOL_SOCKET, 60 /* SO_ZEROCOPY */, EOPNOTSUPP, "SO_ZEROCOPY"),
    // A close that waits, and the last close of a socket can be Usher's: done for the tracee, but for the waiting.
    {.arg = 2, .value = SO_LINGER, .then = Treatment::kMediated, .with_arg = 1, .with_value = SOL_SOCKET, .word = "SO_LINGER"},
    // A descriptor of the sender's process with each message, and the sender may be Usher: an older kernel has none.
    RefusedOption(SOL_SOCKET, 76 /* SO_PASSPIDFD */, ENOPROTOOPT, "SO_PASSPIDFD"),
    // Another way out than the routes say: the judged address may be another host's there.
    RefusedOption(SOL_SOCKET, SO_BINDTODEVICE, EPERM, "SO_BINDTODEVICE"), RefusedOption(SOL_SOCKET, 62 /* SO_BINDTOIFINDEX */, EPERM, "SO_BINDTOIFINDEX"),
    RefusedOption(IPPROTO_IP, 50 /* IP_UNICAST_IF */, EPERM, "IP_UNICAST_IF"), RefusedOption(IPPROTO_IPV6, 76 /* IPV6_UNICAST_IF */, EPERM, "IPV6_UNICAST_IF"),
    RefusedOption(IPPROTO_IPV6, 50 /* IPV6_PKTINFO */, EPERM, "IPV6_PKTINFO"), RefusedOption(IPPROTO_IPV6, 2 /* IPV6_2292PKTINFO */, EPERM, "IPV6_2292PKTINFO"),
    // Source routes: what is on the wire is not the address that was judged. Flow labels and 2292PKTOPTIONS carry them too.
    RefusedOption(IPPROTO_IP, IP_OPTIONS, EPERM, "IP_OPTIONS"),
    RefusedOption(IPPROTO_IPV6, 57 /* IPV6_RTHDR */, EPERM, "IPV6_RTHDR"), RefusedOption(IPPROTO_IPV6, 5 /* IPV6_2292RTHDR */, EPERM, "IPV6_2292RTHDR"),
    RefusedOption(IPPROTO_IPV6, 54 /* IPV6_HOPOPTS */, EPERM, "IPV6_HOPOPTS"), RefusedOption(IPPROTO_IPV6, 3 /* IPV6_2292HOPOPTS */, EPERM, "IPV6_2292HOPOPTS"),
    RefusedOption(IPPROTO_IPV6, 59 /* IPV6_DSTOPTS */, EPERM, "IPV6_DSTOPTS"), RefusedOption(IPPROTO_IPV6, 4 /* IPV6_2292DSTOPTS */, EPERM, "IPV6_2292DSTOPTS"),
    RefusedOption(IPPROTO_IPV6, 55 /* IPV6_RTHDRDSTOPTS */, EPERM, "IPV6_RTHDRDSTOPTS"),
    RefusedOption(IPPROTO_IPV6, 6 /* IPV6_2292PKTOPTIONS */, EPERM, "IPV6_2292PKTOPTIONS"),
    RefusedOption(IPPROTO_IPV6, 32 /* IPV6_FLOWLABEL_MGR */, EPERM, "IPV6_FLOWLABEL_MGR"),
    RefusedOption(IPPROTO_TCP, 30 /* TCP_FASTOPEN_CONNECT */, EOPNOTSUPP, "TCP_FASTOPEN_CONNECT"),
    // Other code of the kernel's under the same socket; whoever wants TLS there falls back to its own.
    RefusedOption(IPPROTO_TCP, 31 /* TCP_ULP */, ENOENT, "TCP_ULP"),
};
constexpr ArgTest kGetSockOptTests[] = {RefusedOption(SOL_SOCKET, 77 /* SO_PEERPIDFD */, ENOPROTOOPT, "SO_PEERPIDFD")};
// PIDFD_SIGNAL_THREAD and the like; a kernel before 6.9 knows none.
constexpr ArgTest kPidfdSignalTests[] = {
    {.arg = 3, .compare = Compare::kAnyBit, .value = ~0u, .then = Treatment::kRefused, .error = EINVAL,
     .word = "any flag"}};
constexpr ArgTest kSelfFirst[] = {{.arg = 0, .value = 0, .word = "0"}};
constexpr ArgTest kSelfSecond[] = {{.arg = 1, .value = 0, .word = "0"}};
// F_SETOWN, F_SETOWN_EX: SIGIO and SIGURG to whom? F_SETSIG only matters after one of these.
constexpr ArgTest kFcntlTests[] = {
    {.arg = 1, .value = 15 /* F_SETOWN_EX */, .then = Treatment::kRefused, .error = EPERM, .word = "F_SETOWN_EX"},
    {.arg = 1, .value = 8 /* F_SETOWN */, .then = Treatment::kMediated, .word = "F_SETOWN"},
};
constexpr ArgTest kPersonalityTests[] = {
    {.arg = 0, .value = 0xffffffff, .word = "0xffffffff (a question)"},
    {.arg = 0, .mask = ~static_cast<uint32_t>(ADDR_NO_RANDOMIZE), .value = 0, .word = "0, or ADDR_NO_RANDOMIZE alone"}};
constexpr ArgTest kSeccompTests[] = {
    // A tracee's own listener would answer before Usher does wherever Usher's is not the first (F3).
    {.arg = 1,
     .compare = Compare::kAnyBit,
     .value = 1u << 3 /* NEW_LISTENER */,
     .then = Treatment::kRefused,
     .error = EBUSY,
     .word = "SECCOMP_FILTER_FLAG_NEW_LISTENER"}};

constexpr std::string_view kMember = "only registers are judged: the target is a process id, and it belongs to the sandbox";
constexpr std::string_view kKind = "only registers are judged: family, type and protocol of a new socket";

constexpr Row kMediatedRows[] = {
    // Opening.
    {.name = "open", .args = {kPath, kOpenFlags, kMode}, .allow_by = kOpen, .tests = kOpenTests, .gate = kOpenGate},
    {.name = "openat",
     .args = {kDirFd, kPath, kOpenFlags, kMode},
     .allow_by = kOpen,
     .tests = kOpenAtTests,
     .gate = kOpenAtGate},
    {.name = "creat", .args = {kPath, kMode}, .allow_by = kOpen},

    // Names that come and go.
    {.name = "mkdir", .args = {kNewName, kMode}, .allow_by = kMakeDirectory},
    {.name = "mkdirat", .args = {kDirFd, kNewName, kMode}, .allow_by = kMakeDirectory},
    {.name = "mknod", .args = {kNewName, kMode, kDevice}, .allow_by = kMakeNode},
    {.name = "mknodat", .args = {kDirFd, kNewName, kMode, kDevice}, .allow_by = kMakeNode},
    {.name = "unlink", .args = {kNewName}, .allow_by = kRemove},
    {.name = "unlinkat", .args = {kDirFd, kNewName, kAtFlags}, .allow_by = kRemove},
    {.name = "rmdir", .args = {kNewName}, .allow_by = kRemove},
    {.name = "rename", .args = {kNewName, kNewName}, .allow_by = kRename},
    {.name = "renameat", .args = {kDirFd, kNewName, kDirFd, kNewName}, .allow_by = kRename},
    {.name = "renameat2", .args = {kDirFd, kNewName, kDirFd, kNewName, kRenameFlags}, .allow_by = kRename},
    {.name = "link", .args = {kLinkPath, kNewName}, .allow_by = kLink},
    {.name = "linkat", .args = {kDirFd, kLinkPath, kDirFd, kNewName, kLinkFlags}, .allow_by = kLink},
    {.name = "symlink", .args = {kText, kNewName}, .allow_by = kSymbolicLink},
    {.name = "symlinkat", .args = {kText, kDirFd, kNewName}, .allow_by = kSymbolicLink},

    // What a file is like, by name and by descriptor: Landlock knows none of these.
    {.name = "chmod", .args = {kPath, kMode}, .allow_by = kChangeMode},
    {.name = "fchmodat", .args = {kDirFd, kPath, kMode}, .allow_by = kChangeMode},
    {.name = "fchmodat2", .args = {kDirFd, kPath, kMode, kAtFlags}, .allow_by = kChangeMode},
    {.name = "fchmod", .args = {kFd, kMode}, .allow_by = kChangeMode},
    {.name = "chown", .args = {kPath, kOwner, kGroup}, .allow_by = kChangeOwner},
    {.name = "lchown", .args = {kLinkPath, kOwner, kGroup}, .allow_by = kChangeOwner},
    {.name = "fchownat", .args = {kDirFd, kPath, kOwner, kGroup, kAtFlags}, .allow_by = kChangeOwner},
    {.name = "fchown", .args = {kFd, kOwner, kGroup}, .allow_by = kChangeOwner},
    {.name = "utime", .args = {kPath, kUtimbuf}, .allow_by = kSetTimes},
    {.name = "utimes", .args = {kPath, kTimevals}, .allow_by = kSetTimes},
    {.name = "futimesat", .args = {kDirFd, kPath, kTimevals}, .allow_by = kSetTimes},
    {.name = "utimensat", .args = {kDirFd, kPath, kTimespecs, kAtFlags}, .allow_by = kSetTimes},
    {.name = "setxattr", .args = {kPath, kXattrName, kXattrValue, kXattrSize, kXattrFlags}, .allow_by = kSetXattr},
    {.name = "lsetxattr", .args = {kLinkPath, kXattrName, kXattrValue, kXattrSize, kXattrFlags}, .allow_by = kSetXattr},
    {.name = "fsetxattr", .args = {kFd, kXattrName, kXattrValue, kXattrSize, kXattrFlags}, .allow_by = kSetXattr},
    {.name = "removexattr", .args = {kPath, kXattrName}, .allow_by = kRemoveXattr},
    {.name = "lremovexattr", .args = {kLinkPath, kXattrName}, .allow_by = kRemoveXattr},
    {.name = "fremovexattr", .args = {kFd, kXattrName}, .allow_by = kRemoveXattr},
    {.name = "truncate", .args = {kPath, kLength}, .allow_by = kTruncate},
    {.name = "inotify_add_watch", .args = {kFd, kPath, kWatchMask}, .allow_by = kWatch},

    // Programs.
    {.name = "execve", .args = {kPath, kArgv, kEnvp}, .allow_by = kExec},
    {.name = "execveat", .args = {kDirFd, kPath, kArgv, kEnvp, kAtFlags}, .allow_by = kExec},

    // The network and unix sockets.
    {.name = "socket", .args = {kFamily, kType}, .allow_by = kContinue, .treatment = Treatment::kRefused,
     .error = EAFNOSUPPORT, .tests = kSocketTests, .continue_reason = kKind,
     .note = "TCP and UDP over IPv4 and IPv6, route netlink, and unix sockets"},
    {.name = "connect", .args = {kFd, kSocketAddress, kSocketLength}, .allow_by = kConnect},
    {.name = "bind", .args = {kFd, kSocketAddress, kSocketLength}, .allow_by = kBind},
    {.name = "listen", .args = {kFd, kBacklog}, .allow_by = kListen},
    {.name = "sendto", .args = {kFd, kBuffer, kSize, kMessageFlags, kSocketAddress, kSocketLength}, .allow_by = kSend,
     .tests = kSendToTests},
    {.name = "sendmsg", .args = {kFd, kMessage, kMessageFlags}, .allow_by = kSendMessage, .tests = kSendMessageTests},
    {.name = "sendmmsg", .args = {kFd, kMessages, kCount, kMessageFlags}, .allow_by = kSendMessages,
     .tests = kSendMessagesTests},
    {.name = "getsockname", .args = {kFd, kSocketOut, kSocketOutLength}, .allow_by = kSocketName,
     .note = "a unix socket that the broker bound has the name that the tracee asked for"},
    {.name = "getpeername", .args = {kFd, kSocketOut, kSocketOutLength}, .allow_by = kPeerName},
    {.name = "setsockopt", .args = {kFd, kNone, kNone, kLinger}, .allow_by = kSetLinger, .treatment = Treatment::kNative, .tests = kSetSockOptTests,
     .note = "no way past the judged address (source routes, interfaces, TCP_FASTOPEN_CONNECT), no process by descriptor, no "
             "zero-copy, no TCP_ULP; SO_LINGER never makes a close wait"},
    {.name = "getsockopt", .treatment = Treatment::kNative, .tests = kGetSockOptTests,
     .note = "SO_PEERPIDFD would be Usher's own process, where it connected or listened"},
    {.name = "socketpair", .treatment = Treatment::kRefused, .error = EAFNOSUPPORT, .tests = kSocketPairTests,
     .note = "unix sockets"},

    // Other processes.
    {.name = "kill", .args = {kPid, ArgRole::kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "tkill", .args = {kPid, kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "tgkill", .args = {kPid, kPid, kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "rt_sigqueueinfo", .args = {kPid, kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "rt_tgsigqueueinfo", .args = {kPid, kPid, kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "pidfd_open", .args = {kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "pidfd_send_signal", .args = {kFd, kSignal, kSignalInfo}, .allow_by = kSignalByDescriptor,
     .tests = kPidfdSignalTests, .note = "done on a duplicate: the descriptor can be swapped, and may be of anybody's process"},
    {.name = "ptrace", .args = {kTraceRequest, kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "process_vm_readv", .args = {kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "process_vm_writev", .args = {kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "kcmp", .args = {kPid, kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "prlimit64", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "sched_setaffinity", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "sched_setparam", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "sched_setscheduler", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "sched_setattr", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "setpriority", .args = {kWhich, kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "ioprio_set", .args = {kWhich, kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "fcntl", .args = {kNone, kNone, kPid}, .allow_by = kContinue, .treatment = Treatment::kNative,
     .tests = kFcntlTests, .continue_reason = kMember},
    {.name = "get_robust_list", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "migrate_pages", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "move_pages", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},

    // Native but for a few arguments.
    {.name = "clone", .treatment = Treatment::kNative, .tests = kCloneTests, .note = "no new namespaces, no CLONE_UNTRACED, no CLONE_PTRACE"},
    {.name = "unshare", .treatment = Treatment::kNative, .tests = kUnshareTests, .note = "no new namespaces"},
    {.name = "ioctl", .treatment = Treatment::kNative, .tests = kIoctlTests, .note = "typing into a terminal, signals to others and changes of names or attributes are refused"},
    {.name = "prctl", .treatment = Treatment::kNative, .tests = kPrctlTests,
     .note = "PR_SET_DUMPABLE answers success and does nothing"},
    {.name = "personality", .treatment = Treatment::kRefused, .error = EPERM, .tests = kPersonalityTests,
     .note = "asking, and ADDR_NO_RANDOMIZE for debuggers"},
    {.name = "seccomp", .treatment = Treatment::kNative, .tests = kSeccompTests, .note = "own filters, but no own listener"},
};

// Refused with an errno that makes well-behaved programs fall back.
constexpr Row Refused(std::string_view name, int error, std::string_view why) {
  return {.name = name, .treatment = Treatment::kRefused, .error = error, .note = why};
}

constexpr std::string_view kSecondEntrance = "operations that no filter sees";
constexpr std::string_view kPointerFlags = "flags lie behind a pointer; callers fall back to the older call";
constexpr std::string_view kNamespaces = "changes what names mean";
constexpr std::string_view kKernelSurface = "kernel surface that ordinary programs do not need";
constexpr std::string_view kForeignObjects = "objects without a path, guarded by the user id alone";
constexpr std::string_view kMachine = "changes the machine";
constexpr std::string_view kVoidSandbox =
    "the broker, who opens files for the tracee, is not bound by the tracee's own domain: better none than one that is void";

constexpr Row kRefusedRows[] = {
    Refused("clone3", ENOSYS, kPointerFlags),
    Refused("openat2", ENOSYS, kPointerFlags),
    Refused("io_uring_setup", ENOSYS, kSecondEntrance),
    Refused("io_uring_enter", ENOSYS, kSecondEntrance),
    Refused("io_uring_register", ENOSYS, kSecondEntrance),
    Refused("memfd_secret", ENOSYS, "memory that the supervisor could not read"),
    Refused("userfaultfd", EPERM, "stalls the supervisor's reads"),
    Refused("bpf", EPERM, kKernelSurface),
    Refused("perf_event_open", EPERM, kKernelSurface),
    Refused("process_madvise", EPERM, kForeignObjects),
    Refused("pidfd_getfd", EPERM, "takes descriptors of others"),
    Refused("process_mrelease", EPERM, kForeignObjects),
    Refused("name_to_handle_at", EOPNOTSUPP, "a handle skips the walk"),
    Refused("open_by_handle_at", EPERM, "a handle skips the walk"),
    Refused("fanotify_init", EPERM, "watches what others do"),
    Refused("fanotify_mark", EPERM, "watches what others do"),
    Refused("mount", EPERM, kNamespaces), Refused("umount2", EPERM, kNamespaces),
    Refused("pivot_root", EPERM, kNamespaces), Refused("chroot", EPERM, kNamespaces),
    Refused("setns", EPERM, kNamespaces), Refused("open_tree", EPERM, kNamespaces),
    Refused("open_tree_attr", EPERM, kNamespaces),
    Refused("move_mount", EPERM, kNamespaces), Refused("fsopen", EPERM, kNamespaces),
    Refused("fsconfig", EPERM, kNamespaces), Refused("fsmount", EPERM, kNamespaces),
    Refused("fspick", EPERM, kNamespaces), Refused("mount_setattr", EPERM, kNamespaces),
    Refused("statmount", EPERM, kNamespaces), Refused("listmount", EPERM, kNamespaces),
    Refused("listns", EPERM, kNamespaces),
    Refused("keyctl", ENOSYS, kForeignObjects), Refused("add_key", ENOSYS, kForeignObjects),
    Refused("request_key", ENOSYS, kForeignObjects),
    Refused("shmget", ENOSYS, kForeignObjects), Refused("shmat", ENOSYS, kForeignObjects),
    Refused("shmctl", ENOSYS, kForeignObjects), Refused("shmdt", ENOSYS, kForeignObjects),
    Refused("semget", ENOSYS, kForeignObjects), Refused("semop", ENOSYS, kForeignObjects),
    Refused("semctl", ENOSYS, kForeignObjects), Refused("semtimedop", ENOSYS, kForeignObjects),
    Refused("msgget", ENOSYS, kForeignObjects), Refused("msgsnd", ENOSYS, kForeignObjects),
    Refused("msgrcv", ENOSYS, kForeignObjects), Refused("msgctl", ENOSYS, kForeignObjects),
    Refused("mq_open", ENOSYS, kForeignObjects), Refused("mq_unlink", ENOSYS, kForeignObjects),
    Refused("mq_timedsend", ENOSYS, kForeignObjects), Refused("mq_timedreceive", ENOSYS, kForeignObjects),
    Refused("mq_notify", ENOSYS, kForeignObjects), Refused("mq_getsetattr", ENOSYS, kForeignObjects),
    Refused("setxattrat", ENOSYS, kPointerFlags), Refused("removexattrat", ENOSYS, kPointerFlags),
    Refused("getxattrat", ENOSYS, kPointerFlags), Refused("listxattrat", ENOSYS, kPointerFlags),
    Refused("file_getattr", ENOSYS, kPointerFlags), Refused("file_setattr", ENOSYS, kPointerFlags),
    Refused("landlock_create_ruleset", EOPNOTSUPP, kVoidSandbox), Refused("landlock_add_rule", EOPNOTSUPP, kVoidSandbox),
    Refused("landlock_restrict_self", EOPNOTSUPP, kVoidSandbox),
    Refused("swapon", EPERM, kMachine), Refused("swapoff", EPERM, kMachine), Refused("reboot", EPERM, kMachine),
    Refused("kexec_load", EPERM, kMachine), Refused("kexec_file_load", EPERM, kMachine),
    Refused("init_module", EPERM, kMachine), Refused("finit_module", EPERM, kMachine),
    Refused("delete_module", EPERM, kMachine), Refused("acct", EPERM, kMachine), Refused("quotactl", EPERM, kMachine),
    Refused("quotactl_fd", EPERM, kMachine), Refused("syslog", EPERM, "reads the kernel's messages"),
    Refused("settimeofday", EPERM, kMachine), Refused("clock_settime", EPERM, kMachine),
    Refused("clock_adjtime", EPERM, kMachine), Refused("adjtimex", EPERM, kMachine),
    Refused("sethostname", EPERM, kMachine), Refused("setdomainname", EPERM, kMachine),
    Refused("vhangup", EPERM, kMachine), Refused("ioperm", EPERM, kMachine), Refused("iopl", EPERM, kMachine),
    Refused("lookup_dcookie", EPERM, kKernelSurface), Refused("nfsservctl", ENOSYS, kKernelSurface),
    Refused("uselib", ENOSYS, kKernelSurface), Refused("modify_ldt", EPERM, kKernelSurface),
    Refused("lsm_set_self_attr", EPERM, kKernelSurface), Refused("lsm_get_self_attr", ENOSYS, kKernelSurface),
    Refused("lsm_list_modules", ENOSYS, kKernelSurface), Refused("map_shadow_stack", ENOSYS, kKernelSurface),
};

constexpr bool EveryContinueHasItsReason() {
  for (const Row& row : kMediatedRows) {
    if ((row.allow_by == kContinue) != !row.continue_reason.empty()) return false;
  }
  return true;
}
static_assert(EveryContinueHasItsReason(), "a CONTINUE is a proof: the row must say why it is safe (invariant 1)");

std::vector<Row> AllRows() {
  std::vector<Row> rows(std::begin(kMediatedRows), std::end(kMediatedRows));
  rows.insert(rows.end(), std::begin(kRefusedRows), std::end(kRefusedRows));
  for (const std::string_view name : kNativeCalls) rows.push_back({.name = name, .treatment = Treatment::kNative});
  return rows;
}

}  // namespace

std::span<const Row> Table() {
  static const std::vector<Row> rows = AllRows();
  return rows;
}

}  // namespace usher
