#include "supervisor/broker/program_copy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cerrno>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

UniqueFd NewMemory(const std::string& name) {
  const std::string shown = name.substr(0, 200);  // memfd_create(2): at most 249 bytes
  UniqueFd memory(memfd_create(shown.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  if (!memory && errno == EINVAL) memory.reset(memfd_create(shown.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  return memory;
}

}  // namespace

absl::StatusOr<UniqueFd> CopyProgram(int object, const std::string& name) {
  USHER_ASSIGN_OR_RETURN(const UniqueFd program, Reopen(object, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  USHER_ASSIGN_OR_RETURN(const struct stat status, StatOf(program.get()));
  if (!S_ISREG(status.st_mode)) return ErrnoStatus(name, EACCES);
  if (status.st_size > kMaxProgramCopy) return ErrnoStatus(name, EFBIG);
  const UniqueFd memory = NewMemory(name);
  if (!memory) return ErrnoStatus("memfd_create");
  int64_t copied = 0;
  while (copied <= kMaxProgramCopy) {
    const ssize_t more = sendfile(memory.get(), program.get(), nullptr, 1 << 20);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return ErrnoStatus("sendfile");
    if (more == 0) break;
    copied += more;
  }
  if (fchmod(memory.get(), 0555) < 0) return ErrnoStatus("fchmod");
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
    return ErrnoStatus("fcntl(F_ADD_SEALS)");
  }
  // What is open for writing cannot be run (ETXTBSY).
  return Reopen(memory.get(), O_RDONLY);
}

}  // namespace usher
