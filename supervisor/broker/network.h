// Calls on sockets, done on a duplicate of the tracee's own socket.

#ifndef USHER_SUPERVISOR_BROKER_NETWORK_H_
#define USHER_SUPERVISOR_BROKER_NETWORK_H_

#include <string>

#include "supervisor/broker/enactment.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

Enactment EnactConnect(const Call& call, Target& target);
CallResult EnactBind(const Call& call, const Target& target);
CallResult EnactListen(const Call& call, const Target& target);
Enactment EnactSend(const Call& call, Target& target);  // sendto, sendmsg, sendmmsg
// Without the waiting: a close that lingers could be ours, and the loop's.
CallResult EnactSetLinger(const Call& call, const Target& target);
CallResult EnactSocketName(const Call& call, const Target& target);

// The path that EnactBind binds a unix socket to: the parent by descriptor, then the leaf.
std::string BoundPathOf(const Resolved& name);

// How a connect that was under way has ended, once its socket became writable.
CallResult FinishConnect(int socket);

}  // namespace usher

#endif  // USHER_SUPERVISOR_BROKER_NETWORK_H_
