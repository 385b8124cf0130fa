// Which arguments send a call another way than its row says? The filter sees registers and nothing behind them, so
// these are flags, numbers and commands. For the rows of table.cc.

#ifndef USHER_SUPERVISOR_SYSCALLS_ARG_TESTS_H_
#define USHER_SUPERVISOR_SYSCALLS_ARG_TESTS_H_

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/f2fs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/msdos_fs.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

#include "supervisor/syscalls/row.h"

namespace usher {

inline constexpr uint32_t kNamespaceFlags =
    CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;

// O_PATH grants nothing until it is reopened, and the reopen is judged as a new access; it could not be injected
// either.
inline constexpr ArgTest kOpenTests[] = {
    {.arg = 1, .compare = ArgTest::Compare::kAnyBit, .value = O_PATH, .word = "O_PATH"}};
inline constexpr ArgTest kOpenAtTests[] = {
    {.arg = 2, .compare = ArgTest::Compare::kAnyBit, .value = O_PATH, .word = "O_PATH"}};
inline constexpr ArgTest kCloneTests[] = {{.arg = 0,
                                           .compare = ArgTest::Compare::kAnyBit,
                                           .value = kNamespaceFlags | CLONE_UNTRACED | CLONE_PTRACE,
                                           .then = Treatment::kRefused,
                                           .error = EPERM,
                                           .word = "CLONE_NEWNS … CLONE_NEWCGROUP, CLONE_UNTRACED, CLONE_PTRACE"}};
// In the flags of clone, CLONE_NEWTIME is a part of the signal.
inline constexpr ArgTest kUnshareTests[] = {{.arg = 0,
                                             .compare = ArgTest::Compare::kAnyBit,
                                             .value = kNamespaceFlags | CLONE_NEWTIME,
                                             .then = Treatment::kRefused,
                                             .error = EPERM,
                                             .word = "CLONE_NEWNS … CLONE_NEWCGROUP, CLONE_NEWTIME"}};
// Half a register, as the kernel takes a request or an option.
constexpr ArgTest RefusedValue(uint8_t arg, uint64_t value, int error, std::string_view word) {
  return {.arg = arg, .value = static_cast<uint32_t>(value), .then = Treatment::kRefused, .error = error, .word = word};
}
constexpr ArgTest RefusedIoctl(uint64_t request, int error, std::string_view word) {
  return RefusedValue(1, request, error, word);
}
constexpr ArgTest RefusedIoctlKind(uint32_t kind, int error, std::string_view word) {
  return {.arg = 1, .mask = 0xff00, .value = kind << 8, .then = Treatment::kRefused, .error = error, .word = word};
}
constexpr ArgTest NativeIoctl(uint64_t request, std::string_view word) {
  return {.arg = 1, .value = static_cast<uint32_t>(request), .word = word};
}

inline constexpr ArgTest kIoctlTests[] = {
    RefusedIoctl(TIOCSTI, EPERM, "TIOCSTI"),
    RefusedIoctl(TIOCLINUX, EPERM, "TIOCLINUX"),
    RefusedIoctl(TIOCCONS, EPERM, "TIOCCONS"),
    RefusedIoctl(TIOCSETD, EPERM, "TIOCSETD"),
    // Who gets SIGIO of a socket: fcntl(F_SETOWN) by another door.
    RefusedIoctl(FIOSETOWN, EPERM, "FIOSETOWN"),
    RefusedIoctl(SIOCSPGRP, EPERM, "SIOCSPGRP"),
    // Attributes of a file, or that it can never be changed again, through a descriptor that may be read-only. Of the
    // calls that file systems number with an 'f' only those stay that look: the others change flags, encryption,
    // verity, the layout or, in ext4, the whole file system.
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
// After PR_SET_DUMPABLE 0 the supervisor could not read the caller's memory or /proc any more; PR_SET_MM and a syscall user
// dispatch have no place in here.
inline constexpr ArgTest kPrctlTests[] = {
    RefusedValue(0, PR_SET_DUMPABLE, 0, "PR_SET_DUMPABLE"),
    RefusedValue(0, PR_SET_MM, EPERM, "PR_SET_MM"),
    RefusedValue(0, PR_SET_SECUREBITS, EPERM, "PR_SET_SECUREBITS"),
    RefusedValue(0, PR_SET_SYSCALL_USER_DISPATCH, EINVAL, "PR_SET_SYSCALL_USER_DISPATCH"),
    // It takes a process id, of anybody.
    RefusedValue(0, 62 /* PR_SCHED_CORE */, EPERM, "PR_SCHED_CORE"),
};
inline constexpr ArgTest kSocketTests[] = {
    {.arg = 0, .value = AF_UNIX, .then = Treatment::kNative, .word = "AF_UNIX"},
    {.arg = 0, .value = AF_INET, .then = Treatment::kMediated, .word = "AF_INET"},
    {.arg = 0, .value = AF_INET6, .then = Treatment::kMediated, .word = "AF_INET6"},
    {.arg = 0, .value = AF_NETLINK, .then = Treatment::kMediated, .word = "AF_NETLINK"},
};
// MSG_FASTOPEN connects: only connect(2) may.
inline constexpr ArgTest kSendToTests[] = {
    {.arg = 3,
     .compare = ArgTest::Compare::kAnyBit,
     .value = MSG_FASTOPEN,
     .then = Treatment::kRefused,
     .error = EOPNOTSUPP,
     .word = "MSG_FASTOPEN"},
    {.arg = 4, .wide = true, .value = 0, .then = Treatment::kNative, .word = "0"}};
inline constexpr ArgTest kSendMessageTests[] = {{.arg = 2,
                                                 .compare = ArgTest::Compare::kAnyBit,
                                                 .value = MSG_FASTOPEN,
                                                 .then = Treatment::kRefused,
                                                 .error = EOPNOTSUPP,
                                                 .word = "MSG_FASTOPEN"}};
inline constexpr ArgTest kSendMessagesTests[] = {{.arg = 3,
                                                  .compare = ArgTest::Compare::kAnyBit,
                                                  .value = MSG_FASTOPEN,
                                                  .then = Treatment::kRefused,
                                                  .error = EOPNOTSUPP,
                                                  .word = "MSG_FASTOPEN"}};
inline constexpr ArgTest kSocketPairTests[] = {
    {.arg = 0, .value = AF_UNIX, .then = Treatment::kNative, .word = "AF_UNIX"}};
// A level and an option's name, in that order.
constexpr ArgTest RefusedOption(uint32_t level, uint32_t name, int error, std::string_view word) {
  return {.arg = 2,
          .value = name,
          .then = Treatment::kRefused,
          .error = error,
          .with_arg = 1,
          .with_value = level,
          .word = word};
}
// What is not here is the kernel's: options that say how the socket's own data is received, kept, timed or filtered
// (SO_ATTACH_FILTER, IP_ADD_MEMBERSHIP, IP_UNBLOCK_SOURCE, TCP_CONGESTION, …), and those that need a capability, which
// nobody inside has (SO_MARK, IP_TRANSPARENT, IPV6_TRANSPARENT, TCP_REPAIR, *_XFRM_POLICY, tables of netfilter).
inline constexpr ArgTest kSetSockOptTests[] = {
    // The kernel would read the broker's memory long after the call.
    RefusedOption(SOL_SOCKET, 60 /* SO_ZEROCOPY */, EOPNOTSUPP, "SO_ZEROCOPY"),
    // A close that waits, and the last close of a socket can be Usher's: done for the tracee, but for the waiting.
    {.arg = 2,
     .value = SO_LINGER,
     .then = Treatment::kMediated,
     .with_arg = 1,
     .with_value = SOL_SOCKET,
     .word = "SO_LINGER"},
    // A descriptor of the sender's process with each message, and the sender may be Usher: an older kernel has none.
    RefusedOption(SOL_SOCKET, 76 /* SO_PASSPIDFD */, ENOPROTOOPT, "SO_PASSPIDFD"),
    // Another way out than the routes say: the judged address may be another host's there.
    RefusedOption(SOL_SOCKET, SO_BINDTODEVICE, EPERM, "SO_BINDTODEVICE"),
    RefusedOption(SOL_SOCKET, 62 /* SO_BINDTOIFINDEX */, EPERM, "SO_BINDTOIFINDEX"),
    RefusedOption(IPPROTO_IP, 50 /* IP_UNICAST_IF */, EPERM, "IP_UNICAST_IF"),
    RefusedOption(IPPROTO_IPV6, 76 /* IPV6_UNICAST_IF */, EPERM, "IPV6_UNICAST_IF"),
    RefusedOption(IPPROTO_IPV6, 50 /* IPV6_PKTINFO */, EPERM, "IPV6_PKTINFO"),
    RefusedOption(IPPROTO_IPV6, 2 /* IPV6_2292PKTINFO */, EPERM, "IPV6_2292PKTINFO"),
    // Source routes: what is on the wire is not the address that was judged. Flow labels and 2292PKTOPTIONS carry them
    // too.
    RefusedOption(IPPROTO_IP, IP_OPTIONS, EPERM, "IP_OPTIONS"),
    RefusedOption(IPPROTO_IPV6, 57 /* IPV6_RTHDR */, EPERM, "IPV6_RTHDR"),
    RefusedOption(IPPROTO_IPV6, 5 /* IPV6_2292RTHDR */, EPERM, "IPV6_2292RTHDR"),
    RefusedOption(IPPROTO_IPV6, 54 /* IPV6_HOPOPTS */, EPERM, "IPV6_HOPOPTS"),
    RefusedOption(IPPROTO_IPV6, 3 /* IPV6_2292HOPOPTS */, EPERM, "IPV6_2292HOPOPTS"),
    RefusedOption(IPPROTO_IPV6, 59 /* IPV6_DSTOPTS */, EPERM, "IPV6_DSTOPTS"),
    RefusedOption(IPPROTO_IPV6, 4 /* IPV6_2292DSTOPTS */, EPERM, "IPV6_2292DSTOPTS"),
    RefusedOption(IPPROTO_IPV6, 55 /* IPV6_RTHDRDSTOPTS */, EPERM, "IPV6_RTHDRDSTOPTS"),
    RefusedOption(IPPROTO_IPV6, 6 /* IPV6_2292PKTOPTIONS */, EPERM, "IPV6_2292PKTOPTIONS"),
    RefusedOption(IPPROTO_IPV6, 32 /* IPV6_FLOWLABEL_MGR */, EPERM, "IPV6_FLOWLABEL_MGR"),
    RefusedOption(IPPROTO_TCP, 30 /* TCP_FASTOPEN_CONNECT */, EOPNOTSUPP, "TCP_FASTOPEN_CONNECT"),
    // Other code of the kernel's under the same socket; whoever wants TLS there falls back to its own.
    RefusedOption(IPPROTO_TCP, 31 /* TCP_ULP */, ENOENT, "TCP_ULP"),
};
inline constexpr ArgTest kGetSockOptTests[] = {
    RefusedOption(SOL_SOCKET, 77 /* SO_PEERPIDFD */, ENOPROTOOPT, "SO_PEERPIDFD")};
// PIDFD_SIGNAL_THREAD and the like; a kernel before 6.9 knows none.
inline constexpr ArgTest kPidfdSignalTests[] = {{.arg = 3,
                                                 .compare = ArgTest::Compare::kAnyBit,
                                                 .value = ~0u,
                                                 .then = Treatment::kRefused,
                                                 .error = EINVAL,
                                                 .word = "any flag"}};
inline constexpr ArgTest kSelfFirst[] = {{.arg = 0, .value = 0, .word = "0"}};
// F_SETOWN, F_SETOWN_EX: SIGIO and SIGURG to whom? F_SETSIG only matters after one of these. F_SETDELEG makes whoever changes
// a directory wait, and that is the broker. F_SETLEASE asks for no more than reading, and makes whoever writes wait: the person.
inline constexpr ArgTest kFcntlTests[] = {
    {.arg = 1, .value = 15 /* F_SETOWN_EX */, .then = Treatment::kRefused, .error = EPERM, .word = "F_SETOWN_EX"},
    {.arg = 1, .value = 8 /* F_SETOWN */, .then = Treatment::kMediated, .word = "F_SETOWN"},
    RefusedValue(1, 1024, EINVAL, "F_SETLEASE"),
    RefusedValue(1, 1024 + 16, EINVAL, "F_SETDELEG"),
};
inline constexpr ArgTest kPersonalityTests[] = {
    {.arg = 0, .value = 0xffffffff, .word = "0xffffffff (a question)"},
    {.arg = 0, .mask = ~static_cast<uint32_t>(ADDR_NO_RANDOMIZE), .value = 0, .word = "0, or ADDR_NO_RANDOMIZE alone"}};
inline constexpr ArgTest kSeccompTests[] = {
    // A tracee's own listener would answer before Usher does wherever Usher's is not the first.
    {.arg = 1,
     .compare = ArgTest::Compare::kAnyBit,
     .value = 1u << 3 /* NEW_LISTENER */,
     .then = Treatment::kRefused,
     .error = EBUSY,
     .word = "SECCOMP_FILTER_FLAG_NEW_LISTENER"}};

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_ARG_TESTS_H_
