// How does a traced process get a descriptor, where no listener can add one?
//
// It is made to receive it. At the stop before its own call another one is put in place of it: recvmsg(2) on a socket
// whose other end is Usher's. The kernel gives the lowest free number, as open(2) would have. The socket and a page for
// the arguments are made by injected calls as well, once a program; the socket stands at a high number, closes on exec,
// and is shared by a process and those that it forks.
//
//   its call ─stop▶ recvmsg ─stop▶ registers as they were, the number as result
//
// More than one call in a row is made by leading the thread back to its own call each time, with all signals blocked.
//
// Injected calls pass all filters like any other and have the rights of the process, no more. It can change the page,
// the socket and every number that is read back, and harms itself alone: whatever it makes of them, the descriptor that
// was judged for it goes to it, or to whom it could have sent it.

#ifndef USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_HANDOVER_H_
#define USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_HANDOVER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/kernel/ptrace.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// The way to one process and those that it forked since.
struct DescriptorChannel {
  UniqueFd ours;
  int number = -1;       // of its end there
  uint64_t inode = 0;    // of the socket at that end
  uint64_t page = 0;     // where arguments are written to; of the memory that fork copies
  bool spoiled = false;  // something may be under way in it that nobody took
  int32_t user = 0;      // the thread that it is used for right now; one at a time, or descriptors might get mixed up
  std::deque<int32_t> waiting;
};

// One descriptor on its way to one thread, which stands before `call` at first. All is done at the thread's stops;
// nothing here waits. Afterwards the thread either has the number as its call's result, or stands before its call once
// more.
class DescriptorHandover {
 public:
  enum class Then : uint8_t { kResult, kCallAgain };

  // `process` is the thread's group. `channel` is what its process has so far, or null.
  DescriptorHandover(int32_t tid, int32_t process, const CallAtStop& call, UniqueFd fd, bool close_on_exec, Then then,
                     std::shared_ptr<DescriptorChannel> channel);

  // An error: nothing was changed, and the thread stands where it stood.
  absl::Status Start();

  // At the stops after that. True: it is over.
  bool OnTrap();
  bool OnCall();

  // Whether the next stop will be a trap on the way back from an injected call, and no stop before that.
  bool expects_trap() const { return state_ == State::kInjected; }
  const absl::StatusOr<int>& number() const { return number_; }
  const std::shared_ptr<DescriptorChannel>& channel() const { return channel_; }  // good for the next time, or null

 private:
  enum class State : uint8_t { kInjected, kGoingBack, kGoingBackForGood };
  enum class Step : uint8_t { kMap, kPair, kMove, kClose, kCloseOther, kReceive };

  bool ChannelIsThere() const;
  absl::Status Begin();
  absl::Status BlockSignals();
  absl::Status Inject(int32_t nr, const CallArguments& args);
  absl::Status GoBack(State state);
  bool Finish();
  absl::Status Make(Step step);
  Step After(Step step) const;
  absl::Status Take(Step step, int64_t result);  // what came of it
  absl::Status TakePair();
  absl::Status Send();
  absl::StatusOr<int> ReadNumber() const;

  int32_t tid_, process_;
  CallAtStop call_;
  UniqueFd fd_;
  bool close_on_exec_;
  Then then_;
  std::shared_ptr<DescriptorChannel> channel_;
  State state_ = State::kInjected;
  Step step_ = Step::kMap;
  Registers held_{};
  std::optional<uint64_t> signal_mask_;  // as it was, while all are blocked
  int first_ = -1, second_ = -1;         // the pair's numbers there
  absl::StatusOr<int> number_ = -1;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_DESCRIPTOR_HANDOVER_H_
