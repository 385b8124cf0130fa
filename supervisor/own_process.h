// Usher's own process: made safe to stand beside an attacker of the same user (unreadable, no core, its signals heard
// by the loop instead of interrupting it), and quick to start.

#ifndef USHER_SUPERVISOR_OWN_PROCESS_H_
#define USHER_SUPERVISOR_OWN_PROCESS_H_

#include <csignal>

namespace usher {

// The signals that the loop hears of instead of being interrupted by them.
sigset_t HeardSignals();

// What SIGTSTP does to whoever does not hear it. Asked for between two answers, never in the middle of one: a
// descriptor that is being handed over would get a wrong number.
void StopLikeAnybody();

// How signals stood when Usher was started: the command inherits that.
struct SignalsBefore {
  sigset_t mask{};
  bool ignored_sigpipe = false, ignored_sigxfsz = false;
};

// Nothing of the same user may read this process, and it leaves no core: it holds what the sandbox must not see.
SignalsBefore ProtectOurselves();

// Takes the next two megabytes of the heap as one large page, where the kernel has one to give (madvise(2),
// MADV_COLLAPSE, since Linux 6.1). Rules and tables touch some hundred small ones at every start, and a fault for each
// costs a guest of a hypervisor more than what is written there. Whoever forks afterwards copies it in small pieces: so
// after the keeper is there.
void GatherHeap();

// Descriptors of parked calls are Usher's: the soft limit is the tracees' affair.
void RaiseDescriptorLimit();

}  // namespace usher

#endif  // USHER_SUPERVISOR_OWN_PROCESS_H_
