// Is it the dynamic loader that asks?

#ifndef USHER_SUPERVISOR_TRACEE_LOADER_H_
#define USHER_SUPERVISOR_TRACEE_LOADER_H_

#include <cstdint>

namespace usher {

// Whether `ip` lies in the loader that the kernel put beside the program of thread `tid` (AT_BASE of getauxval(3)).
// False for a static program, for a loader that was started by hand, and whenever it cannot be known.
bool IsInLoader(int32_t tid, uint64_t ip);

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_LOADER_H_
