// What became of a call that was done, when the answer found nobody waiting.
//
// Before Linux 5.19 a signal takes a caller away from its held call (seccomp(2), WAIT_KILLABLE_RECV). It sees EINTR, or
// the kernel restarts the call, and makes it again: a directory that it asked for would be there already, though EINTR
// says that nothing was done. So the answer is kept for this thread's next held call, and given if that is the same
// one.
//
// The kernel does not always say that nobody waited: a caller that a signal has just woken goes away though its answer was
// taken, and nothing tells that it did. So every such answer is kept for a while, and given if the very same instruction asks
// with the very same registers, and there is a sign of signals: the thread was interrupted lately, or is as we watch. Never
// without: a program may ask twice to see that the second is refused. A rare signal that hits this moment (less than a
// microsecond) is missed.

#ifndef USHER_SUPERVISOR_LOST_ANSWERS_H_
#define USHER_SUPERVISOR_LOST_ANSWERS_H_

#include <chrono>
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

// What is kept of an answer. Of a file not the descriptor, which would keep it from being run or locked, but a name for it
// (O_PATH). Empty: it says that nothing was done.
std::optional<Reply> DuplicateOf(const Reply& reply);

// The answer to `call` out of what was kept. Empty: the file cannot be opened once more.
std::optional<Reply> ReplyFrom(Reply kept, const Call& call);

// Whether a second one comes off as well, and does something else (RENAME_EXCHANGE): told an old answer, it would be missing.
bool IsAnotherDeedEachTime(const Call& call);

// Whether `again` asks for the same thing by the same names. Of calls that have to be kept.
bool IsMadeAgain(const Call& call, const Call& again);

// And in the same registers, as far as it looks at them.
bool IsSameInRegisters(const Call& call, const Call& again);

// Which directory each relative name of a call starts at (device and inode): the caller may have gone elsewhere since.
using Starts = std::vector<std::pair<uint64_t, uint64_t>>;
Starts StartsOf(const Call& call);

class LostAnswers {
 public:
  using Clock = std::chrono::steady_clock;

  struct Answer {
    Call call;
    Reply reply;
    Starts starts;
    uint64_t ip = 0;  // where the call was made
    Clock::time_point until = Clock::time_point::max();

    bool sure() const { return until == Clock::time_point::max(); }
  };

  // A signal took the thread away from a call, or is about to.
  void NoteInterruption(int32_t tid, Clock::time_point now);
  bool WasInterruptedLately(int32_t tid, Clock::time_point now) const;
  static constexpr std::chrono::seconds kLately{1};

  // Of the oldest of too many, as of threads that died since, the answer is forgotten; so is one that is not sure, `until` then.
  void Keep(Answer answer, Clock::time_point now);

  // What the thread has not heard; it is forgotten here.
  std::optional<Answer> Take(int32_t tid, Clock::time_point now);

 private:
  std::deque<Answer> kept_;  // at most one a thread
  std::deque<std::pair<int32_t, Clock::time_point>> interrupted_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_LOST_ANSWERS_H_
