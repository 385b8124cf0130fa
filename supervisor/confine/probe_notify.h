// The part of the host probe that needs a tracee under a listener of its own. Each function is to be called in a
// process that is thrown away, and gives an errno, 0 when the thing works.

#ifndef USHER_SUPERVISOR_CONFINE_PROBE_NOTIFY_H_
#define USHER_SUPERVISOR_CONFINE_PROBE_NOTIFY_H_

namespace usher {

int TryFilter();       // a filter without listener that changes what a call returns
int TryNewListener();  // EBUSY: somebody else has one
int TryWaitKillable();
int TryAddFd();
int TryAddFdSend();
int TrySyncWakeUp();

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_PROBE_NOTIFY_H_
