// Which mounts are those of our own mount namespace?

#ifndef USHER_SUPERVISOR_KERNEL_MOUNTS_H_
#define USHER_SUPERVISOR_KERNEL_MOUNTS_H_

#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// The mounts of the namespace of whoever asks first. The table is read again when the kernel says that it has changed:
// a number is used again after its mount has gone.
class MountTable {
 public:
  bool Has(uint64_t mount);

  // Whether what `fd` holds lies on one of them.
  bool Holds(int fd);

 private:
  bool Changed() const;
  void Load();

  UniqueFd watch_;
  absl::flat_hash_set<uint64_t> ids_;
};

// Whether what `fd` holds lies on a mount that our names lead to. A descriptor or a working directory can come from
// another mount namespace, and the kernel names it as it is called there. False for what lies on no such mount: pipes,
// memfds.
bool OnMountOfOurs(int fd);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_MOUNTS_H_
