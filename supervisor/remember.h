// What an allowed call has made, and the sandbox may use from now on without asking.

#ifndef USHER_SUPERVISOR_REMEMBER_H_
#define USHER_SUPERVISOR_REMEMBER_H_

#include <vector>

#include "policies/operation.h"
#include "supervisor/broker/enactment.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"
#include "supervisor/tracee/belongings.h"

namespace usher {

// After a call that succeeded: files made where everybody may make some, terminals, bound sockets, opened ports. Takes the
// parent directory's descriptor of a bound unix socket out of the target.
void RememberWhatWasMade(const Call& call, Target& target, const std::vector<Operation>& operations,
                         const CallResult& result, Belongings& belongings);

}  // namespace usher

#endif  // USHER_SUPERVISOR_REMEMBER_H_
