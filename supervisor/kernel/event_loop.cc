#include "supervisor/kernel/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "supervisor/kernel/errno_status.h"

namespace usher {

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
EventLoop::~EventLoop() = default;

absl::Status EventLoop::Watch(int fd, uint32_t epoll_events, Handler handler) {
  Unwatch(fd);
  auto watcher = std::make_shared<Watcher>(Watcher{std::move(handler), ++generation_});
  epoll_event event{};
  event.events = epoll_events;
  event.data.u64 = uint64_t{watcher->generation} << 32 | static_cast<uint32_t>(fd);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) return ErrnoStatus("epoll_ctl(EPOLL_CTL_ADD)");
  watchers_[fd] = std::move(watcher);
  return absl::OkStatus();
}

void EventLoop::Unwatch(int fd) {
  auto it = watchers_.find(fd);
  if (it == watchers_.end()) return;
  it->second->gone = true;
  watchers_.erase(it);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::TimerId EventLoop::After(std::chrono::milliseconds delay, std::function<void()> work) {
  const TimerId id = next_timer_++;
  const auto when = Clock::now() + delay;
  timer_times_[id] = when;
  timers_.emplace(std::pair(when, id), std::move(work));
  return id;
}

void EventLoop::Cancel(TimerId timer) {
  auto it = timer_times_.find(timer);
  if (it == timer_times_.end()) return;
  timers_.erase({it->second, timer});
  timer_times_.erase(it);
}

void EventLoop::Defer(std::function<void()> work) { deferred_.push_back(std::move(work)); }

void EventLoop::Run() {
  while (RunOnce(std::chrono::hours(1))) {
  }
}

int EventLoop::NextTimeout(std::chrono::milliseconds limit) const {
  if (!deferred_.empty()) return 0;
  if (timers_.empty()) return static_cast<int>(limit.count());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - Clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), limit).count());
}

void EventLoop::RunDue() {
  for (auto& work : std::exchange(deferred_, {})) work();
  while (!timers_.empty() && timers_.begin()->first.first <= Clock::now() && !stopped_) {
    auto node = timers_.extract(timers_.begin());
    timer_times_.erase(node.key().second);
    node.mapped()();
  }
}

bool EventLoop::RunOnce(std::chrono::milliseconds limit) {
  std::array<epoll_event, 16> events;
  const int count =
      epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), stopped_ ? 0 : NextTimeout(limit));
  for (int i = 0; i < count && !stopped_; ++i) {
    // Looked up anew for each event: an earlier handler of this round may have unwatched it, or closed it and be
    // watching something else by the same number.
    const epoll_event& event = events[static_cast<size_t>(i)];
    auto it = watchers_.find(static_cast<int>(static_cast<uint32_t>(event.data.u64)));
    if (it == watchers_.end() || it->second->generation != event.data.u64 >> 32) continue;
    auto watcher = it->second;
    if (!watcher->gone) watcher->handler(event.events);
  }
  if (!stopped_) RunDue();
  return !stopped_;
}

}  // namespace usher
