// A flood of refused calls is counted, not written out: it must neither fill the disk nor take all time. Pure; time is an
// argument.

#ifndef USHER_SUPERVISOR_AUDIT_REFUSAL_FLOOD_H_
#define USHER_SUPERVISOR_AUDIT_REFUSAL_FLOOD_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace usher {

class RefusalFlood {
 public:
  using Clock = std::chrono::steady_clock;

  // Equal refusals beyond the first few get no line of their own, and all together get so many at once and then so many a
  // second. Those that get none are counted.
  static constexpr uint32_t kEqual = 16;
  static constexpr double kAtOnce = 2000, kPerSecond = 20;

  bool Admit(Clock::time_point now, std::string_view what) {
    if (seen_.size() >= kMaxSeen) seen_.clear();
    const bool news = ++seen_[std::string(what)] <= kEqual;
    left_ = std::min(kAtOnce, left_ + std::chrono::duration<double>(now - last_).count() * kPerSecond);
    last_ = now;
    if (!news || left_ < 1) {
      ++unsaid_;
      return false;
    }
    left_ -= 1;
    return true;
  }

  // How many were not written since this was asked last.
  uint64_t TakeUnsaid() { return std::exchange(unsaid_, 0); }

 private:
  static constexpr size_t kMaxSeen = 4096;
  absl::flat_hash_map<std::string, uint32_t> seen_;
  double left_ = kAtOnce;
  Clock::time_point last_{};
  uint64_t unsaid_ = 0;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_REFUSAL_FLOOD_H_
