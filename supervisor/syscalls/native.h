// The calls that stay in the kernel: they name nothing, or only look (metadata is not hidden), or act on what was judged
// when it was opened. Sorted by what they are about; a name that an architecture lacks is skipped there.

#ifndef USHER_SUPERVISOR_SYSCALLS_NATIVE_H_
#define USHER_SUPERVISOR_SYSCALLS_NATIVE_H_

#include <string_view>

namespace usher {

inline constexpr std::string_view kNativeCalls[] = {
    // Open descriptors.
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "close",
    "close_range", "lseek", "dup", "dup2", "dup3", "flock", "fsync", "fdatasync", "sync", "syncfs", "sync_file_range",
    "ftruncate", "fallocate", "fadvise64", "readahead", "sendfile", "splice", "tee", "vmsplice", "copy_file_range",
    "getdents", "getdents64", "pipe", "pipe2", "eventfd", "eventfd2", "signalfd", "signalfd4", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "inotify_init", "inotify_init1", "inotify_rm_watch", "memfd_create",
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_wait", "epoll_wait_old", "epoll_pwait",
    "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "io_setup", "io_destroy", "io_submit", "io_cancel",
    "io_getevents", "io_pgetevents", "cachestat",
    // Looking at names: not hidden by default.
    "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "statfs", "fstatfs", "ustat", "getcwd", "chdir", "fchdir", "getxattr", "lgetxattr", "fgetxattr", "listxattr",
    "llistxattr", "flistxattr", "umask", "sysfs",
    // Memory.
    "mmap", "munmap", "mprotect", "mremap", "madvise", "msync", "mincore", "mlock", "mlock2", "munlock", "mlockall",
    "munlockall", "brk", "pkey_mprotect", "pkey_alloc", "pkey_free", "remap_file_pages", "membarrier", "rseq", "mseal",
    "mbind", "set_mempolicy", "get_mempolicy", "set_mempolicy_home_node",
    // The process itself.
    "fork", "vfork", "exit", "exit_group", "wait4", "waitid", "waitpid", "getpid", "getppid", "gettid", "getpgid",
    "getpgrp", "setpgid", "getsid", "setsid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid",
    "getgroups", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid",
    "setgroups", "capget", "capset", "arch_prctl", "set_thread_area", "get_thread_area", "set_tid_address",
    "set_robust_list", "futex", "futex_waitv", "futex_wake", "futex_wait", "futex_requeue", "sched_yield",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_getattr", "sched_get_priority_max",
    "sched_get_priority_min", "sched_rr_get_interval", "getpriority", "ioprio_get", "getrlimit", "setrlimit",
    "getrusage", "times", "sysinfo", "uname", "getcpu", "getrandom", "restart_syscall", "rseq_slice_yield", "uretprobe",
    "uprobe",
    // Signals and time.
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait",
    "sigaltstack", "pause", "alarm", "getitimer", "setitimer", "timer_create", "timer_settime", "timer_gettime",
    "timer_getoverrun", "timer_delete", "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday",
    "time",
    // Sockets that were judged when they were connected or bound.
    "accept", "accept4", "recvfrom", "recvmsg", "recvmmsg", "shutdown",
    // Never implemented; the kernel answers ENOSYS.
    "afs_syscall", "getpmsg", "putpmsg", "security", "tuxcall", "vserver", "create_module", "get_kernel_syms",
    "query_module", "_sysctl",
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_NATIVE_H_
