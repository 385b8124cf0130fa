// Which descriptors do callers have that they never heard of?
//
// A descriptor that does not come in one step (before Linux 5.14, and a file open for writing) is installed first, and
// its number answered then. Where a signal may take the caller away in between (before 5.19), it has one more than it
// knows, and makes its call again: then it is told the number of what it has, or a timer would fill its table. Nothing
// is put in that place: whoever closes a file, and be it one that nobody knows, loses its locks (fcntl(2)).

#ifndef USHER_SUPERVISOR_INTERCEPT_LEFT_OVER_FDS_H_
#define USHER_SUPERVISOR_INTERCEPT_LEFT_OVER_FDS_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "supervisor/syscalls/call.h"

namespace usher {

// What a descriptor is open for.
struct OpenedFile {
  std::pair<uint64_t, uint64_t> identity;  // device and inode
  int flags = 0;                           // F_GETFL
  bool close_on_exec = false;
};
OpenedFile OpenedBy(int fd, bool close_on_exec);

class LeftOverFds {
 public:
  bool empty() const { return left_overs_.empty(); }

  // The caller of `call` was given `file` at `number`, and was gone before it heard so.
  void Note(const SyscallEvent& call, int number, OpenedFile file);

  // A thread that calls from elsewhere has given up: what it has of that stays.
  void OnCall(const SyscallEvent& call);

  // It heard of what it has.
  void Forget(int32_t tid);

  // The number where the caller has `file` already, from when it made this call before, if it is there still (/proc). Who
  // knows that it is the very same call asks for the file alone, opened in whatever way.
  enum class Same : uint8_t { kFile, kFileAndFlags };
  std::optional<int> Find(const SyscallEvent& call, const OpenedFile& file, Same same = Same::kFileAndFlags) const;

 private:
  struct LeftOver {
    int32_t tid, nr;
    uint64_t ip;
    int number;
    OpenedFile file;
  };
  std::deque<LeftOver> left_overs_;  // at most one a thread
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_LEFT_OVER_FDS_H_
