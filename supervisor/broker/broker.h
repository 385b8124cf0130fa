// Does an allowed call on the tracee's behalf, on the very objects that were judged. Gives no verdict, reads no tracee memory.

#ifndef USHER_SUPERVISOR_BROKER_BROKER_H_
#define USHER_SUPERVISOR_BROKER_BROKER_H_

#include <cstdint>

#include "supervisor/broker/enactment.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

// `umask` is the caller's, for calls that make something. What a blocking call needs is moved out of the target.
Enactment Enact(const Call& call, Target& target, uint32_t umask);

// Whether this is a deed on names and on nothing else: it makes, moves or takes away one.
bool IsOnNames(AllowBy deed);

// Whether the call makes, moves or takes away a name: what was judged is true only until another such call is done.
bool ChangesNames(const Call& call, const Target& target);

// Whether the call makes something, so that the caller's umask counts.
bool NeedsUmask(const Call& call);

}  // namespace usher

#endif  // USHER_SUPERVISOR_BROKER_BROKER_H_
