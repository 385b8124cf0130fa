// Landlock, thinly: a ruleset is made, filled with paths, and closes behind whoever restricts himself with it.
// landlock(7); struct and rights of <linux/landlock.h> up to Linux 7.2 (ABI 10).

#ifndef USHER_SUPERVISOR_KERNEL_LANDLOCK_H_
#define USHER_SUPERVISOR_KERNEL_LANDLOCK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// What a ruleset takes into its hands: everything of these that no rule allows is refused.
struct LandlockHandled {
  uint64_t fs = 0;      // LANDLOCK_ACCESS_FS_*
  uint64_t net = 0;     // LANDLOCK_ACCESS_NET_*, from ABI 4
  uint64_t scoped = 0;  // LANDLOCK_SCOPE_*, from ABI 6
};

// 0: this kernel has none (ENOSYS), or it was not named at boot (EOPNOTSUPP).
int LandlockAbi();

// A kernel older than a field of `handled` refuses with E2BIG unless it is 0.
absl::StatusOr<UniqueFd> CreateLandlockRuleset(const LandlockHandled& handled);

// `object` is an O_PATH descriptor. On a file only rights that make sense for files are taken (EINVAL).
absl::Status AllowBeneath(int ruleset, int object, uint64_t access);

// The calling thread and all that it starts, for good. Needs no_new_privs. Safe between fork and exec.
int RestrictSelf(int ruleset);  // errno, 0 when it is done

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_LANDLOCK_H_
