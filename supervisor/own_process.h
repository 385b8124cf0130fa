// Usher's own process, made safe to stand beside an attacker of the same user: unreadable, no core, its signals heard by the
// loop instead of interrupting it.

#ifndef USHER_SUPERVISOR_OWN_PROCESS_H_
#define USHER_SUPERVISOR_OWN_PROCESS_H_

#include <csignal>

namespace usher {

// The signals that the loop hears of instead of being interrupted by them.
sigset_t HeardSignals();

// What SIGTSTP does to whoever does not hear it. Asked for between two answers, never in the middle of one: a descriptor
// that is being handed over would get a wrong number.
void StopLikeAnybody();

// How signals stood when Usher was started: the command inherits that.
struct SignalsBefore {
  sigset_t mask{};
  bool ignored_sigpipe = false, ignored_sigxfsz = false;
};

// Nothing of the same user may read this process, and it leaves no core (rule 10).
SignalsBefore ProtectOurselves();

// Descriptors of parked calls are Usher's: the soft limit is the tracees' affair.
void RaiseDescriptorLimit();

}  // namespace usher

#endif  // USHER_SUPERVISOR_OWN_PROCESS_H_
