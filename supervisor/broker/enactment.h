// How an allowed call ends: answered now, or done elsewhere because it may block.

#ifndef USHER_SUPERVISOR_BROKER_ENACTMENT_H_
#define USHER_SUPERVISOR_BROKER_ENACTMENT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// Bytes that the kernel would have written for the tracee.
struct WriteBack {
  uint64_t address = 0;
  std::string bytes;
};
struct Done {
  int64_t value = 0;
  std::vector<WriteBack> writes;
};
struct Failed { int error = 0; };
struct Opened { UniqueFd fd; bool close_on_exec = false; };
struct RunInKernel {};  // CONTINUE

// A connect that is under way on `socket`: finished when it becomes writable, with SO_ERROR.
struct Connecting { UniqueFd socket; };

// A call that is finished, or for whose end nobody has to wait.
using CallResult = std::variant<Done, Failed, Opened, RunInKernel, Connecting>;

// A call that may block for ever (a FIFO, a lease, a full queue, a network that does not answer): run on a worker, never
// on the loop (invariant 5). Interrupted by a signal when nobody waits for it any more.
using BlockingCall = std::function<CallResult()>;

using Enactment = std::variant<CallResult, BlockingCall>;

inline CallResult FailedWith(const absl::Status& status) { return Failed{ErrnoOf(status)}; }

}  // namespace usher

#endif  // USHER_SUPERVISOR_BROKER_ENACTMENT_H_
