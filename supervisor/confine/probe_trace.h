// The part of the host probe that needs a tracee whose calls stop. To be called in a process that is thrown away; an
// errno, 0 when it works.

#ifndef USHER_SUPERVISOR_CONFINE_PROBE_TRACE_H_
#define USHER_SUPERVISOR_CONFINE_PROBE_TRACE_H_

namespace usher {

// Makes every mediated call once, in a tracee below the very filter of a traced run, with arguments that do no harm
// anywhere. Each has to stop for the tracer. EBUSY: one did not. A listener that was there before outranks the tracer:
// it answers first, and with its "go on" a call would run that nobody here has judged.
int TryTraceCalls();

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_PROBE_TRACE_H_
