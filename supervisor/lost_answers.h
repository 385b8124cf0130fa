// What became of a call that was done, when the answer found nobody waiting.
//
// Before Linux 5.19 a signal takes a caller away from its held call (seccomp(2), WAIT_KILLABLE_RECV). It sees EINTR, or
// the kernel restarts the call, and makes it again: a directory that it asked for would be there already, though EINTR
// says that nothing was done. So the answer is kept for this thread's next held call, and given if that is the same
// one.
//
// The kernel does not always say that nobody waited: a caller that a signal has just woken may go away with an answer that
// was taken. So it is kept too when a signal was due to the caller.

#ifndef USHER_SUPERVISOR_LOST_ANSWERS_H_
#define USHER_SUPERVISOR_LOST_ANSWERS_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "supervisor/intercept/interceptor.h"
#include "supervisor/syscalls/call.h"

namespace usher {

// Whether a second try would find that the first was done. Others may be done twice: an open that makes nothing, a
// mode.
bool HasToBeKept(const Call& call);

// Empty: it says that nothing was done, or has a descriptor that cannot be duplicated.
std::optional<Reply> DuplicateOf(const Reply& reply);

// Whether `again` asks for the same thing by the same names. Of calls that have to be kept.
bool IsMadeAgain(const Call& call, const Call& again);

// Which directory each relative name of a call starts at (device and inode): the caller may have gone elsewhere since.
using Starts = std::vector<std::pair<uint64_t, uint64_t>>;
Starts StartsOf(const Call& call);

class LostAnswers {
 public:
  struct Answer {
    Call call;
    Reply reply;
    Starts starts;
  };

  // Of the oldest of too many, as of threads that died since, the answer is forgotten.
  void Keep(const Call& call, Reply reply, Starts starts = {});

  // What the thread has not heard; it is forgotten here.
  std::optional<Answer> Take(int32_t tid);

 private:
  std::deque<Answer> kept_;  // at most one a thread
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_LOST_ANSWERS_H_
