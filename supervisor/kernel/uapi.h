// Constants of newer kernels than the 6.1 headers of the baseline. Each says since when and where it stands.

#ifndef USHER_SUPERVISOR_KERNEL_UAPI_H_
#define USHER_SUPERVISOR_KERNEL_UAPI_H_

#include <linux/seccomp.h>
#include <sys/ioctl.h>

// Linux 6.6, include/uapi/linux/seccomp.h.
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, unsigned long long)
#endif

#endif  // USHER_SUPERVISOR_KERNEL_UAPI_H_
