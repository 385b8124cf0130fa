// Memory that programs and libraries are run from, and that nobody can change any more. memfd_create(2), fcntl(2).

#ifndef USHER_SUPERVISOR_KERNEL_EXECUTABLE_MEMORY_H_
#define USHER_SUPERVISOR_KERNEL_EXECUTABLE_MEMORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// Empty, writable, and closed on exec. `name` is what /proc shows, cut where it is long.
absl::StatusOr<UniqueFd> NewExecutableMemory(const std::string& name);

// Mode 0555, and never another content or size.
absl::Status SealExecutableMemory(int memory);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_EXECUTABLE_MEMORY_H_
