// How does Usher come by what a caller has open? By pidfd_getfd(2), or, where the host lets nobody use that, from what
// the caller has handed over for this call (intercept/descriptor_request.h).

#ifndef USHER_SUPERVISOR_TRACEE_CALLERS_DESCRIPTORS_H_
#define USHER_SUPERVISOR_TRACEE_CALLERS_DESCRIPTORS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/kernel/numbered_fds.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// The error of a descriptor that the caller has not handed over yet: it has to be asked. No errno of Linux; never
// reaches a tracee.
inline constexpr int kAskTheCaller = 10'001;

class CallersDescriptors {
 public:
  // May be taken. Not explicit: whoever has nothing handed over says whose they are, and that is all.
  CallersDescriptors(int32_t tid) : tid_(tid) {}
  // Nobody may take them; `handed_over` is there. Borrowed.
  CallersDescriptors(int32_t tid, const NumberedFds& handed_over) : tid_(tid), handed_over_(&handed_over) {}

  // The caller's at `number`. EBADF where there is none; kAskTheCaller, and it is wanted() from then on.
  absl::StatusOr<UniqueFd> Duplicate(int number) const;
  // The same of any process; only a caller can hand over its own.
  absl::StatusOr<UniqueFd> DuplicateOf(int32_t process, int number) const;

  int32_t tid() const { return tid_; }
  const std::vector<int>& wanted() const { return wanted_; }  // each once

 private:
  int32_t tid_;
  const NumberedFds* handed_over_ = nullptr;
  mutable std::vector<int> wanted_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_CALLERS_DESCRIPTORS_H_
