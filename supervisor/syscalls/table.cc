// The table of system calls that are held or refused. The filter, the decoder, docs/syscalls.md and the per-call
// benchmarks derive from it. To mediate one more call, add a row. Calls that stay in the kernel stand in native.h,
// calls that are always refused in refused.h.

#include <cerrno>
#include <vector>

#include "supervisor/syscalls/arg_tests.h"
#include "supervisor/syscalls/native.h"
#include "supervisor/syscalls/refused.h"
#include "supervisor/syscalls/row.h"

namespace usher {
namespace {

using enum ArgRole;
using enum AllowBy;

constexpr std::string_view kMember =
    "only registers are judged: the target is a process id, and it belongs to the sandbox";
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
    {.name = "socket",
     .args = {kFamily, kType},
     .allow_by = kContinue,
     .treatment = Treatment::kRefused,
     .error = EAFNOSUPPORT,
     .tests = kSocketTests,
     .continue_reason = kKind,
     .note = "TCP and UDP over IPv4 and IPv6, route netlink, and unix sockets"},
    {.name = "connect", .args = {kFd, kSocketAddress, kSocketLength}, .allow_by = kConnect},
    {.name = "bind", .args = {kFd, kSocketAddress, kSocketLength}, .allow_by = kBind},
    {.name = "listen", .args = {kFd, kBacklog}, .allow_by = kListen},
    {.name = "sendto",
     .args = {kFd, kBuffer, kSize, kMessageFlags, kSocketAddress, kSocketLength},
     .allow_by = kSend,
     .tests = kSendToTests},
    {.name = "sendmsg", .args = {kFd, kMessage, kMessageFlags}, .allow_by = kSendMessage, .tests = kSendMessageTests},
    {.name = "sendmmsg",
     .args = {kFd, kMessages, kCount, kMessageFlags},
     .allow_by = kSendMessages,
     .tests = kSendMessagesTests},
    {.name = "getsockname",
     .args = {kFd, kSocketOut, kSocketOutLength},
     .allow_by = kSocketName,
     .note = "a unix socket that the broker bound has the name that the tracee asked for"},
    {.name = "getpeername", .args = {kFd, kSocketOut, kSocketOutLength}, .allow_by = kPeerName},
    {.name = "setsockopt",
     .args = {kFd, kNone, kNone, kLinger},
     .allow_by = kSetLinger,
     .treatment = Treatment::kNative,
     .tests = kSetSockOptTests,
     .note = "no way past the judged address (source routes, interfaces, TCP_FASTOPEN_CONNECT), no process by "
             "descriptor, no "
             "zero-copy, no TCP_ULP; SO_LINGER never makes a close wait"},
    {.name = "getsockopt",
     .treatment = Treatment::kNative,
     .tests = kGetSockOptTests,
     .note = "SO_PEERPIDFD would be Usher's own process, where it connected or listened"},
    {.name = "socketpair",
     .treatment = Treatment::kRefused,
     .error = EAFNOSUPPORT,
     .tests = kSocketPairTests,
     .note = "unix sockets"},

    // Other processes.
    {.name = "kill", .args = {kPid, ArgRole::kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "tkill", .args = {kPid, kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "tgkill", .args = {kPid, kPid, kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "rt_sigqueueinfo", .args = {kPid, kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "rt_tgsigqueueinfo", .args = {kPid, kPid, kSignal}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "pidfd_open", .args = {kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "pidfd_send_signal",
     .args = {kFd, kSignal, kSignalInfo},
     .allow_by = kSignalByDescriptor,
     .tests = kPidfdSignalTests,
     .note = "done on a duplicate: the descriptor can be swapped, and may be of anybody's process"},
    {.name = "ptrace", .args = {kTraceRequest, kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "process_vm_readv", .args = {kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "process_vm_writev", .args = {kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "kcmp", .args = {kPid, kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "prlimit64", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "sched_setaffinity",
     .args = {kPid},
     .allow_by = kContinue,
     .tests = kSelfFirst,
     .continue_reason = kMember},
    {.name = "sched_setparam", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "sched_setscheduler",
     .args = {kPid},
     .allow_by = kContinue,
     .tests = kSelfFirst,
     .continue_reason = kMember},
    {.name = "sched_setattr", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "setpriority", .args = {kWhich, kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "ioprio_set", .args = {kWhich, kPid}, .allow_by = kContinue, .continue_reason = kMember},
    {.name = "fcntl",
     .args = {kNone, kNone, kPid},
     .allow_by = kContinue,
     .treatment = Treatment::kNative,
     .tests = kFcntlTests,
     .continue_reason = kMember},
    {.name = "get_robust_list", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "migrate_pages", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},
    {.name = "move_pages", .args = {kPid}, .allow_by = kContinue, .tests = kSelfFirst, .continue_reason = kMember},

    // Native but for a few arguments.
    {.name = "clone",
     .treatment = Treatment::kNative,
     .tests = kCloneTests,
     .note = "no new namespaces, no CLONE_UNTRACED, no CLONE_PTRACE"},
    {.name = "unshare", .treatment = Treatment::kNative, .tests = kUnshareTests, .note = "no new namespaces"},
    {.name = "ioctl",
     .treatment = Treatment::kNative,
     .tests = kIoctlTests,
     .note = "typing into a terminal, signals to others and changes of names or attributes are refused"},
    {.name = "prctl",
     .treatment = Treatment::kNative,
     .tests = kPrctlTests,
     .note = "PR_SET_DUMPABLE answers success and does nothing"},
    {.name = "personality",
     .treatment = Treatment::kRefused,
     .error = EPERM,
     .tests = kPersonalityTests,
     .note = "asking, and ADDR_NO_RANDOMIZE for debuggers"},
    {.name = "seccomp",
     .treatment = Treatment::kNative,
     .tests = kSeccompTests,
     .note = "own filters, but no own listener"},
};

constexpr bool EveryContinueHasItsReason() {
  for (const Row& row : kMediatedRows) {
    if ((row.allow_by == kContinue) != !row.continue_reason.empty()) return false;
  }
  return true;
}
static_assert(EveryContinueHasItsReason(), "a CONTINUE is a proof: the row must say why it is safe (invariant 8)");

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
