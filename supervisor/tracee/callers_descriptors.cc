#include "supervisor/tracee/callers_descriptors.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"

namespace usher {

absl::StatusOr<UniqueFd> CallersDescriptors::Duplicate(int number) const {
  if (handed_over_ == nullptr) {
    USHER_ASSIGN_OR_RETURN(const int32_t process, ThreadGroupOf(tid_));
    return DuplicateOf(process, number);
  }
  if (number < 0) return ErrnoStatus("descriptor", EBADF);
  for (const auto& [its_number, fd] : *handed_over_) {
    if (its_number != number) continue;
    UniqueFd copy(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) return ErrnoStatus("fcntl(F_DUPFD_CLOEXEC)");
    return copy;
  }
  if (std::find(wanted_.begin(), wanted_.end(), number) == wanted_.end()) wanted_.push_back(number);
  return ErrnoStatus("a descriptor that the caller has to hand over", kAskTheCaller);
}

absl::StatusOr<UniqueFd> CallersDescriptors::DuplicateOf(int32_t process, int number) const {
  if (handed_over_ != nullptr) {
    USHER_ASSIGN_OR_RETURN(const int32_t own, ThreadGroupOf(tid_));
    if (process == own) return Duplicate(number);
  }
  USHER_ASSIGN_OR_RETURN(const UniqueFd pidfd, PidfdOpen(process));
  return PidfdGetFd(pidfd.get(), number);
}

}  // namespace usher
