// How does a listener's supervisor get descriptors of a caller where the host lets nobody take them (pidfd_getfd)?
//
// The caller has to send them. It is stopped on its way back from its held call, and starts a thread that has a copy of
// its table of descriptors: the messenger. That one makes a single sendmsg(2), which is held like any other; meanwhile
// Usher's socket is put into the messenger's table, and the call is let go. Then the messenger ends, and the caller
// makes its own call once more.
//
//   caller     its call ─stop▶ clone ─stop▶ · · · · · · · · · · · · · · · ─▶ registers as they were, its call again
//   messenger                         mmap ─▶ sendmsg ─held: socket put in─▶ exit
//
// Why a thread: the kernel runs that sendmsg, with a number and with memory that were not judged. In the caller itself
// another thread could put any socket of its own at the number, and the message would go where it says. The messenger's
// table is nobody else's: what stands at the number is the end of a pair of ours, which takes no address. Whatever
// others write into the memory, the message comes to us, with descriptors that the process has.
//
// No instruction of the program runs in the messenger, and all its signals are blocked.

#ifndef USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_REQUEST_H_
#define USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_REQUEST_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/notify.h"
#include "supervisor/kernel/numbered_fds.h"
#include "supervisor/kernel/ptrace.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/call.h"

namespace usher {

class DescriptorRequest {
 public:
  // `event` is held, of a thread of `process`. `page`: what an earlier request of the process has left (page()), or 0.
  DescriptorRequest(const SyscallEvent& event, int32_t process, std::vector<int> numbers, uint64_t page);

  // An error: nothing was changed, and the call is still held. Else it is answered by and by: with itself.
  absl::Status Start(Listener& listener);

  // SIGCHLD: looks at both threads.
  void Look();
  // A held call of the messenger's, which nobody else judges.
  bool IsMessage(const SyscallEvent& event) const {
    return messenger_is_ != Messenger::kNone && messenger_is_ != Messenger::kGone && event.tid == messenger_;
  }
  void OnMessage(const SyscallEvent& event, Listener& listener);

  bool caller_is_free() const { return caller_is_ == Caller::kFree; }  // and makes its call again, or is gone
  bool over() const;                                                   // nothing is traced any more
  const SyscallEvent& event() const { return event_; }
  int32_t process() const { return process_; }
  uint64_t page() const { return page_; }
  absl::StatusOr<NumberedFds> TakeResult() { return std::move(result_); }

 private:
  enum class Caller : uint8_t { kInCall, kBeforeClone, kInClone, kWaiting, kBehindClone, kFree };
  enum class Messenger : uint8_t { kNone, kNew, kBeforeMap, kInMap, kBeforeSend, kSending, kEnding, kGone };

  void OnCallerStop(const WaitStatus& status);
  void OnMessengerStop(const WaitStatus& status);
  absl::Status StartClone();
  absl::Status RepeatClone();
  void OnClone();
  void LetCallerGo();
  void Leave();
  absl::Status Prepare();
  absl::Status MakeMessengerCall(int32_t nr, const CallArguments& args, Messenger state);
  absl::Status Send();
  absl::StatusOr<NumberedFds> Receive();
  void EndMessenger(absl::Status status);
  bool PageIsThere() const;
  int NumberOfSocket() const;
  static bool ReapStrays(int32_t process);

  SyscallEvent event_;
  int32_t process_;
  std::vector<int> numbers_;
  uint64_t page_;
  Caller caller_is_ = Caller::kInCall;
  Messenger messenger_is_ = Messenger::kNone;
  int32_t messenger_ = 0;
  bool lost_messenger_ = false;  // the caller died before it could tell of it
  int tries_ = 0;
  std::optional<Registers> before_;      // the caller's, right after its call
  std::optional<uint64_t> signal_mask_;  // of the caller, while all are blocked
  Registers messengers_{};
  UniqueFd ours_, theirs_;
  absl::StatusOr<NumberedFds> result_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_REQUEST_H_
