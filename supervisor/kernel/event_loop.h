// The one loop of the supervisor: descriptors, timers and deferred work, all on one thread.

#ifndef USHER_SUPERVISOR_KERNEL_EVENT_LOOP_H_
#define USHER_SUPERVISOR_KERNEL_EVENT_LOOP_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// Everything is called on the thread that calls Run. A handler may watch and unwatch anything, itself included.
class EventLoop {
 public:
  using Handler = std::function<void(uint32_t epoll_events)>;
  using TimerId = uint64_t;
  using Clock = std::chrono::steady_clock;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Level-triggered. The caller keeps the descriptor open until Unwatch. A second Watch of one fd replaces the first.
  absl::Status Watch(int fd, uint32_t epoll_events, Handler handler);
  void Unwatch(int fd);

  TimerId After(std::chrono::milliseconds delay, std::function<void()> work);
  void Cancel(TimerId timer);

  // Runs `work` soon, but never from inside Defer.
  void Defer(std::function<void()> work);

  // Until Stop. RunOnce waits for one round of events at most `limit` long; false when Stop was called.
  void Run();
  bool RunOnce(std::chrono::milliseconds limit);
  void Stop() { stopped_ = true; }

 private:
  struct Watcher {
    Handler handler;
    uint32_t generation = 0;
    bool gone = false;
  };

  int NextTimeout(std::chrono::milliseconds limit) const;
  void RunDue();

  UniqueFd epoll_;
  absl::flat_hash_map<int, std::shared_ptr<Watcher>> watchers_;
  std::map<std::pair<Clock::time_point, TimerId>, std::function<void()>> timers_;
  absl::flat_hash_map<TimerId, Clock::time_point> timer_times_;
  std::vector<std::function<void()>> deferred_;
  TimerId next_timer_ = 1;
  uint32_t generation_ = 0;  // tells watches of one number apart
  bool stopped_ = false;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_EVENT_LOOP_H_
