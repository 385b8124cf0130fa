#include "supervisor/broker/program_copy.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cerrno>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/executable_memory.h"
#include "supervisor/kernel/path.h"

namespace usher {

absl::StatusOr<UniqueFd> CopyProgram(int object, const std::string& name) {
  USHER_ASSIGN_OR_RETURN(const UniqueFd program, Reopen(object, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  USHER_ASSIGN_OR_RETURN(const struct stat status, StatOf(program.get()));
  if (!S_ISREG(status.st_mode)) return ErrnoStatus(name, EACCES);
  if (status.st_size > kMaxProgramCopy) return ErrnoStatus(name, EFBIG);
  USHER_ASSIGN_OR_RETURN(const UniqueFd memory, NewExecutableMemory(name));
  int64_t copied = 0;
  while (copied <= kMaxProgramCopy) {
    const ssize_t more = sendfile(memory.get(), program.get(), nullptr, 1 << 20);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return ErrnoStatus("sendfile");
    if (more == 0) break;
    copied += more;
  }
  USHER_RETURN_IF_ERROR(SealExecutableMemory(memory.get()));
  // What is open for writing cannot be run (ETXTBSY).
  return Reopen(memory.get(), O_RDONLY);
}

}  // namespace usher
