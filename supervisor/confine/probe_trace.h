// The part of the host probe that needs a tracee whose calls stop.

#ifndef USHER_SUPERVISOR_CONFINE_PROBE_TRACE_H_
#define USHER_SUPERVISOR_CONFINE_PROBE_TRACE_H_

#include <string>
#include <vector>

namespace usher {

// How tracing was when it was tried.
struct TraceTrial {
  int error = 0;                   // errno of tracing itself
  std::vector<std::string> taken;  // mediated calls that do not stop for a tracer: somebody else answers them first

  // An errno for the whole: EBUSY when nothing can run without one of those that were taken.
  int Verdict() const;
};

// Whether somebody further up may answer calls, by what seccomp(2) said to NEW_LISTENER (0 when it gave one). Where one
// can be had, or the kernel knows none, nobody does; what does not stop there was refused further up, and never runs.
bool MayBeListenedTo(int new_listener_error);

// Makes every mediated call once, in a tracee below the very filter of a traced run, with arguments that do no harm
// anywhere. A listener that was there before outranks the tracer (seccomp(2): USER_NOTIF comes before TRACE): it
// answers first, and with its "go on" a call would run that nobody here has judged. Without one, some call has to stop.
// Allocates, and leaves no process behind. Takes milliseconds; more, two seconds at most, where calls are kept waiting.
TraceTrial TryTraceCalls(int new_listener_error);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_PROBE_TRACE_H_
