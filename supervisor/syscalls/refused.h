// What does nobody get, whoever asks, with which errno, and why? For table.cc.

#ifndef USHER_SUPERVISOR_SYSCALLS_REFUSED_H_
#define USHER_SUPERVISOR_SYSCALLS_REFUSED_H_

#include <cerrno>
#include <string_view>

#include "supervisor/syscalls/row.h"

namespace usher {

// Refused with an errno that makes well-behaved programs fall back.
constexpr Row Refused(std::string_view name, int error, std::string_view why) {
  return {.name = name, .treatment = Treatment::kRefused, .error = error, .note = why};
}

inline constexpr std::string_view kSecondEntrance = "operations that no filter sees";
inline constexpr std::string_view kPointerFlags = "flags lie behind a pointer; callers fall back to the older call";
inline constexpr std::string_view kNamespaces = "changes what names mean";
inline constexpr std::string_view kKernelSurface = "kernel surface that ordinary programs do not need";
inline constexpr std::string_view kForeignObjects = "objects without a path, guarded by the user id alone";
inline constexpr std::string_view kMachine = "changes the machine";
inline constexpr std::string_view kVoidSandbox =
    "the broker, who opens files for the tracee, is not bound by the tracee's own domain: better none than one that is "
    "void";

inline constexpr Row kRefusedRows[] = {
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
    Refused("mount", EPERM, kNamespaces),
    Refused("umount2", EPERM, kNamespaces),
    Refused("pivot_root", EPERM, kNamespaces),
    Refused("chroot", EPERM, kNamespaces),
    Refused("setns", EPERM, kNamespaces),
    Refused("open_tree", EPERM, kNamespaces),
    Refused("open_tree_attr", EPERM, kNamespaces),
    Refused("move_mount", EPERM, kNamespaces),
    Refused("fsopen", EPERM, kNamespaces),
    Refused("fsconfig", EPERM, kNamespaces),
    Refused("fsmount", EPERM, kNamespaces),
    Refused("fspick", EPERM, kNamespaces),
    Refused("mount_setattr", EPERM, kNamespaces),
    Refused("statmount", EPERM, kNamespaces),
    Refused("listmount", EPERM, kNamespaces),
    Refused("listns", EPERM, kNamespaces),
    Refused("keyctl", ENOSYS, kForeignObjects),
    Refused("add_key", ENOSYS, kForeignObjects),
    Refused("request_key", ENOSYS, kForeignObjects),
    Refused("shmget", ENOSYS, kForeignObjects),
    Refused("shmat", ENOSYS, kForeignObjects),
    Refused("shmctl", ENOSYS, kForeignObjects),
    Refused("shmdt", ENOSYS, kForeignObjects),
    Refused("semget", ENOSYS, kForeignObjects),
    Refused("semop", ENOSYS, kForeignObjects),
    Refused("semctl", ENOSYS, kForeignObjects),
    Refused("semtimedop", ENOSYS, kForeignObjects),
    Refused("msgget", ENOSYS, kForeignObjects),
    Refused("msgsnd", ENOSYS, kForeignObjects),
    Refused("msgrcv", ENOSYS, kForeignObjects),
    Refused("msgctl", ENOSYS, kForeignObjects),
    Refused("mq_open", ENOSYS, kForeignObjects),
    Refused("mq_unlink", ENOSYS, kForeignObjects),
    Refused("mq_timedsend", ENOSYS, kForeignObjects),
    Refused("mq_timedreceive", ENOSYS, kForeignObjects),
    Refused("mq_notify", ENOSYS, kForeignObjects),
    Refused("mq_getsetattr", ENOSYS, kForeignObjects),
    Refused("setxattrat", ENOSYS, kPointerFlags),
    Refused("removexattrat", ENOSYS, kPointerFlags),
    Refused("getxattrat", ENOSYS, kPointerFlags),
    Refused("listxattrat", ENOSYS, kPointerFlags),
    Refused("file_getattr", ENOSYS, kPointerFlags),
    Refused("file_setattr", ENOSYS, kPointerFlags),
    Refused("landlock_create_ruleset", EOPNOTSUPP, kVoidSandbox),
    Refused("landlock_add_rule", EOPNOTSUPP, kVoidSandbox),
    Refused("landlock_restrict_self", EOPNOTSUPP, kVoidSandbox),
    Refused("swapon", EPERM, kMachine),
    Refused("swapoff", EPERM, kMachine),
    Refused("reboot", EPERM, kMachine),
    Refused("kexec_load", EPERM, kMachine),
    Refused("kexec_file_load", EPERM, kMachine),
    Refused("init_module", EPERM, kMachine),
    Refused("finit_module", EPERM, kMachine),
    Refused("delete_module", EPERM, kMachine),
    Refused("acct", EPERM, kMachine),
    Refused("quotactl", EPERM, kMachine),
    Refused("quotactl_fd", EPERM, kMachine),
    Refused("syslog", EPERM, "reads the kernel's messages"),
    Refused("settimeofday", EPERM, kMachine),
    Refused("clock_settime", EPERM, kMachine),
    Refused("clock_adjtime", EPERM, kMachine),
    Refused("adjtimex", EPERM, kMachine),
    Refused("sethostname", EPERM, kMachine),
    Refused("setdomainname", EPERM, kMachine),
    Refused("vhangup", EPERM, kMachine),
    Refused("ioperm", EPERM, kMachine),
    Refused("iopl", EPERM, kMachine),
    Refused("lookup_dcookie", EPERM, kKernelSurface),
    Refused("nfsservctl", ENOSYS, kKernelSurface),
    Refused("uselib", ENOSYS, kKernelSurface),
    Refused("modify_ldt", EPERM, kKernelSurface),
    Refused("lsm_set_self_attr", EPERM, kKernelSurface),
    Refused("lsm_get_self_attr", ENOSYS, kKernelSurface),
    Refused("lsm_list_modules", ENOSYS, kKernelSurface),
    Refused("map_shadow_stack", ENOSYS, kKernelSurface),
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_REFUSED_H_
