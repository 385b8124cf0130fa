// What a call means: a pure function from a decoded call and the objects it is about to the Operations to be judged.

#ifndef USHER_SUPERVISOR_SYSCALLS_MEANING_H_
#define USHER_SUPERVISOR_SYSCALLS_MEANING_H_

#include <vector>

#include "absl/status/statusor.h"
#include "policies/operation.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

// All of them must be allowed. Empty: nothing is asked of anybody (a pipe is reopened through /proc/self/fd). The status
// carries the errno for what is refused whatever the policy says: other socket families and types, unknown flags.
absl::StatusOr<std::vector<Operation>> Meaning(const Call& call, const Target& target);

}  // namespace usher

#endif  // USHER_SUPERVISOR_SYSCALLS_MEANING_H_
