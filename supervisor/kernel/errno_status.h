// A failed system call as an absl::Status that still knows its errno.

#ifndef USHER_SUPERVISOR_KERNEL_ERRNO_STATUS_H_
#define USHER_SUPERVISOR_KERNEL_ERRNO_STATUS_H_

#include <cerrno>
#include <string_view>

#include "absl/status/status.h"

namespace usher {

// `call` names the call and its arguments: `openat2("/x", O_PATH)`. The message becomes "call: Permission denied".
absl::Status ErrnoStatus(std::string_view call, int error = errno);

// The errno that ErrnoStatus was given; EIO for a status that came from elsewhere, 0 for ok.
int ErrnoOf(const absl::Status& status);

}  // namespace usher

#define USHER_CONCAT_INNER_(a, b) a##b
#define USHER_CONCAT_(a, b) USHER_CONCAT_INNER_(a, b)

// Abseil 20220623 has neither of these yet.
#define USHER_RETURN_IF_ERROR(expr)                       \
  do {                                                    \
    if (absl::Status status_ = (expr); !status_.ok()) {   \
      return status_;                                     \
    }                                                     \
  } while (false)

#define USHER_ASSIGN_OR_RETURN(lhs, expr) USHER_ASSIGN_OR_RETURN_IMPL_(USHER_CONCAT_(status_or_, __LINE__), lhs, expr)
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration takes none
#define USHER_ASSIGN_OR_RETURN_IMPL_(status_or, lhs, expr) \
  auto status_or = (expr);                                 \
  if (!status_or.ok()) return status_or.status();          \
  lhs = *std::move(status_or)
// NOLINTEND(bugprone-macro-parentheses)

#endif  // USHER_SUPERVISOR_KERNEL_ERRNO_STATUS_H_
