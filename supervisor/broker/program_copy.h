// A program as a sealed file in memory: what the kernel can run although no rule of the floor names it.

#ifndef USHER_SUPERVISOR_BROKER_PROGRAM_COPY_H_
#define USHER_SUPERVISOR_BROKER_PROGRAM_COPY_H_

#include <string>

#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// `object` (O_PATH) is the file that was judged; `name` shows in /proc/PID/exe. EACCES when it may be run but not read, or when
// the host lets no memory be run (vm.memfd_noexec), EFBIG above kMaxProgramCopy.
inline constexpr int64_t kMaxProgramCopy = int64_t{512} << 20;
absl::StatusOr<UniqueFd> CopyProgram(int object, const std::string& name);

}  // namespace usher

#endif  // USHER_SUPERVISOR_BROKER_PROGRAM_COPY_H_
