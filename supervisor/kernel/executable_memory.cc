#include "supervisor/kernel/executable_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/uapi.h"

namespace usher {

absl::StatusOr<UniqueFd> NewExecutableMemory(const std::string& name) {
  const std::string shown = name.substr(0, 200);  // memfd_create(2): at most 249 bytes
  UniqueFd memory(memfd_create(shown.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  if (!memory && errno == EINVAL) memory.reset(memfd_create(shown.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));  // before 6.3
  if (!memory) return ErrnoStatus("memfd_create");
  return memory;
}

absl::Status SealExecutableMemory(int memory) {
  if (fchmod(memory, 0555) < 0) return ErrnoStatus("fchmod");
  if (fcntl(memory, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
    return ErrnoStatus("fcntl(F_ADD_SEALS)");
  }
  return absl::OkStatus();
}

}  // namespace usher
