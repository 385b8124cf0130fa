// Duplicates of somebody else's descriptors, each with its number there.

#ifndef USHER_SUPERVISOR_KERNEL_NUMBERED_FDS_H_
#define USHER_SUPERVISOR_KERNEL_NUMBERED_FDS_H_

#include <utility>
#include <vector>

#include "supervisor/kernel/unique_fd.h"

namespace usher {

using NumberedFds = std::vector<std::pair<int, UniqueFd>>;

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_NUMBERED_FDS_H_
