#include "supervisor/kernel/landlock.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/uapi.h"

namespace usher {

int LandlockAbi() {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

absl::StatusOr<UniqueFd> CreateLandlockRuleset(const LandlockHandled& handled) {
  // struct landlock_ruleset_attr of ABI 6. What follows the last field that is used is not passed, for older kernels.
  const uint64_t attributes[] = {handled.fs, handled.net, handled.scoped};
  const size_t fields = handled.scoped != 0 ? 3 : handled.net != 0 ? 2 : 1;
  UniqueFd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, attributes, fields * sizeof(uint64_t), 0)));
  if (!ruleset) return ErrnoStatus("landlock_create_ruleset");
  return ruleset;
}

absl::Status AllowBeneath(int ruleset, int object, uint64_t access) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = object;
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0) {
    return ErrnoStatus("landlock_add_rule");
  }
  return absl::OkStatus();
}

int RestrictSelf(int ruleset) { return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? errno : 0; }

}  // namespace usher
