// How does an allowed program run that the floor does not let the kernel open?
//
// An execve needs Landlock's right to read on the program, and nobody can hand that over afterwards. A program that the
// policy or a person allows, in a directory that the floor had to leave out, therefore fails with EACCES. The exec
// guard is attached at that moment: the thread is made to call again, with other arguments. For a script these name its
// interpreter and what the kernel would have given it; for a binary, a sealed copy in memory, lent as a descriptor.
// What runs in the end is checked at the exec stop like every other exec; if that fails too, the thread finds its
// registers as they were.

#ifndef USHER_SUPERVISOR_EXEC_RETRY_H_
#define USHER_SUPERVISOR_EXEC_RETRY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/ptrace.h"
#include "supervisor/kernel/remote_memory.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

class ExecRetry {
 public:
  // Takes what it needs out of `target`. The event is of the call that is about to be continued.
  ExecRetry(const SyscallEvent& event, const Call& call, Target& target);

  // At the stop after the call has failed. True: the thread was made to call once more, and runs. False: there is
  // nothing left to try, or the failure has another reason; the registers are as the program expects them.
  bool CallAgain(int32_t tid);

  // Whether this is the call that CallAgain made.
  bool IsRepeated(const SyscallEvent& event) const;

  // Before that call is let through: what the caller has to be lent for it, if anything. Then, with its number there,
  // what is to run is named. On success the image that will run is known.
  absl::StatusOr<UniqueFd> ImageToLend();
  absl::Status NameImage(int32_t tid, int number_of_lent);
  uint64_t image_device() const { return image_device_; }
  uint64_t image_inode() const { return image_inode_; }

  // A signal or a job-control stop came in between: the program's own call, as it was, is made again after it.
  void PutBack(int32_t tid) const;

  bool under_way() const { return under_way_; }

 private:
  enum class Attempt : uint8_t { kInterpreter, kCopy, kNone };

  absl::Status WriteArguments(int32_t tid, uint64_t room);
  void GiveUp(int32_t tid, int64_t result) const;

  int32_t nr_;
  uint64_t ip_;
  std::array<uint64_t, 6> args_;
  uint64_t argv_, envp_;  // addresses in the tracee
  std::string image_path_;
  std::vector<std::string> words_;  // in the place of argv[0], for a script
  UniqueFd image_;                  // O_PATH
  uint64_t image_device_, image_inode_;
  Attempt next_;
  bool under_way_ = false;
  Registers before_{};  // right after the first failure
  uint64_t path_address_ = 0, argv_address_ = 0;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_EXEC_RETRY_H_
