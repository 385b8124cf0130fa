// Threads for calls that may block: bounded, each expendable, never the loop's.

#ifndef USHER_SUPERVISOR_BROKER_WORKERS_H_
#define USHER_SUPERVISOR_BROKER_WORKERS_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "supervisor/broker/enactment.h"
#include "supervisor/kernel/event_loop.h"

namespace usher {

class Workers {
 public:
  using Ticket = uint64_t;
  using OnResult = std::function<void(CallResult)>;

  Workers(EventLoop& loop, int limit);
  ~Workers();  // interrupts and waits for every call that is still under way

  // Runs `call` of process `owner` on a thread; `on_result` follows on the loop, and then `on_end`, if there is one. That
  // follows also when nobody waits any more, once the call can do nothing any more. When all are busy, whoever has most gives one
  // up to whoever has fewer, and where all have one, whoever has waited longest to whoever has none; that call ends with
  // EAGAIN. 0 when there is none to give, or the kernel gives no thread: the caller refuses with EAGAIN.
  Ticket Start(int32_t owner, BlockingCall call, OnResult on_result, std::function<void()> on_end = nullptr);

  // Nobody waits any more: the call is interrupted, again and again until it returns, and its result thrown away.
  void Cancel(Ticket ticket);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_BROKER_WORKERS_H_
