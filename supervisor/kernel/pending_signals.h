// Whether a thread that is held in a call has a signal to handle. With WAIT_KILLABLE_RECV only deadly signals end the wait
// by themselves (Linux 5.19), so that one held call stays one notification; the others are seen to here.

#ifndef USHER_SUPERVISOR_KERNEL_PENDING_SIGNALS_H_
#define USHER_SUPERVISOR_KERNEL_PENDING_SIGNALS_H_

#include <cstdint>
#include <string_view>

namespace usher {

// True when a handler waits to run, or what the signal does by itself: stop the process, or end it with a core dump, which
// the kernel does not count as deadly before it is handled. While a person is asked, only signals that people send to end something count (INT,
// QUIT, TERM, HUP): a timer must not take a question away.
bool WantsInterruption(int32_t tid, bool asked);

// The same on the text of /proc/TID/status.
bool WantsInterruption(std::string_view status, bool asked);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_PENDING_SIGNALS_H_
