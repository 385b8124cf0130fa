// Which mounts are those of our own mount namespace?

#ifndef USHER_SUPERVISOR_KERNEL_MOUNTS_H_
#define USHER_SUPERVISOR_KERNEL_MOUNTS_H_

namespace usher {

// Whether what `fd` holds lies on a mount that our names lead to. A descriptor or a working directory can come from
// another mount namespace, and the kernel names it as it is called there. False for what lies on no such mount: pipes,
// memfds.
bool OnMountOfOurs(int fd);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_MOUNTS_H_
