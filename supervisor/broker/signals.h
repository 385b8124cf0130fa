// Signals by descriptor, sent on a duplicate of the tracee's own.

#ifndef USHER_SUPERVISOR_BROKER_SIGNALS_H_
#define USHER_SUPERVISOR_BROKER_SIGNALS_H_

#include "supervisor/broker/enactment.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

// pidfd_send_signal(2) without flags. Whoever is signalled sees the tracee's process as the sender.
CallResult EnactSignal(const Call& call, const Target& target);

}  // namespace usher

#endif  // USHER_SUPERVISOR_BROKER_SIGNALS_H_
