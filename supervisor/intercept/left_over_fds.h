// Which descriptors do callers have that they never heard of?
//
// A descriptor that does not come in one step (before Linux 5.14, and a file open for writing) is installed first, and
// its number answered then. A signal may take the caller away in between (before 5.19): its next descriptor comes to
// the same place, so that a timer does not fill its table.

#ifndef USHER_SUPERVISOR_INTERCEPT_LEFT_OVER_FDS_H_
#define USHER_SUPERVISOR_INTERCEPT_LEFT_OVER_FDS_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace usher {

using FileIdentity = std::pair<uint64_t, uint64_t>;  // device and inode
FileIdentity IdentityOf(int fd);

class LeftOverFds {
 public:
  using Clock = std::chrono::steady_clock;

  struct LeftOver {
    int number = -1;
    FileIdentity file;
    Clock::time_point since;
  };

  // Of the oldest of too many threads it is forgotten; then the descriptor stays.
  void Note(int32_t tid, LeftOver left_over);
  void Forget(int32_t tid);

  // One of the thread's that still lies there. Empty also a second later: who was interrupted asks again at once, and
  // others may have closed all that they do not know, and put something of their own there.
  std::optional<LeftOver> Find(int32_t tid, Clock::time_point now) const;

 private:
  std::deque<std::pair<int32_t, LeftOver>> threads_;  // at most one each
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_LEFT_OVER_FDS_H_
