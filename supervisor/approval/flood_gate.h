// Too many questions wear a person out until the answer is always yes. Pure; time is an argument.

#ifndef USHER_SUPERVISOR_APPROVAL_FLOOD_GATE_H_
#define USHER_SUPERVISOR_APPROVAL_FLOOD_GATE_H_

#include <chrono>
#include <deque>
#include <utility>

namespace usher {

class FloodGate {
 public:
  using Clock = std::chrono::steady_clock;
  FloodGate(int max_waiting, int max_new_per_minute)
      : max_waiting_(max_waiting), max_new_per_minute_(max_new_per_minute) {}

  // Whether one more question may be put, with `waiting` already there. Counts it if so.
  bool Admit(Clock::time_point now, int waiting) {
    while (!recent_.empty() && now - recent_.front() >= std::chrono::minutes(1)) recent_.pop_front();
    if (waiting >= max_waiting_ || static_cast<int>(recent_.size()) >= max_new_per_minute_) return false;
    recent_.push_back(now);
    said_ = false;
    return true;
  }

  // True once for each stretch of refusals.
  bool SayIt() { return !std::exchange(said_, true); }

 private:
  int max_waiting_;
  int max_new_per_minute_;
  std::deque<Clock::time_point> recent_;
  bool said_ = false;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_FLOOD_GATE_H_
