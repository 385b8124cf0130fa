// Constants of newer kernels than the 6.1 headers of the baseline. Each says since when and where it stands.

#ifndef USHER_SUPERVISOR_KERNEL_UAPI_H_
#define USHER_SUPERVISOR_KERNEL_UAPI_H_

#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>

// Linux 6.6, include/uapi/linux/seccomp.h.
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, unsigned long long)
#endif

// Linux 6.1, include/uapi/asm-generic/mman-common.h: makes one large page of a range, there and then.
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

// Linux 6.3, include/uapi/linux/memfd.h: the memory may be run whatever vm.memfd_noexec says by default.
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

// Landlock: include/uapi/linux/landlock.h.
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE  // Linux 6.2, ABI 3
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP  // Linux 6.7, ABI 4
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV  // Linux 6.10, ABI 5
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_SCOPE_SIGNAL  // Linux 6.12, ABI 6
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif
#ifndef LANDLOCK_ACCESS_FS_RESOLVE_UNIX  // Linux 7.1, ABI 9
#define LANDLOCK_ACCESS_FS_RESOLVE_UNIX (1ULL << 16)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_UDP  // Linux 7.2, ABI 10
#define LANDLOCK_ACCESS_NET_BIND_UDP (1ULL << 2)
#define LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP (1ULL << 3)
#endif

#endif  // USHER_SUPERVISOR_KERNEL_UAPI_H_
