// Which objects a call is about: every name, descriptor and address of a decoded call, found once from where the caller
// stands.

#ifndef USHER_SUPERVISOR_TRACEE_LOCATE_H_
#define USHER_SUPERVISOR_TRACEE_LOCATE_H_

#include "absl/status/statusor.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"
#include "supervisor/tracee/belongings.h"
#include "supervisor/tracee/callers_descriptors.h"
#include "supervisor/tracee/process_table.h"

namespace usher {

// The status carries the errno that the tracee gets: what the kernel would say of a name that does not exist, EBADF, and
// so on. Whoever may not be asked about is not yet judged.
absl::StatusOr<Target> Locate(const Call& call, const ProcessTable& processes, const Belongings& belongings,
                              const CallersDescriptors& descriptors);

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_LOCATE_H_
