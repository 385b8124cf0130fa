// Lines to and from a program that we do not trust to keep up: nothing here blocks, and nothing here grows without
// bound.

#ifndef USHER_SUPERVISOR_APPROVAL_LINE_PIPE_H_
#define USHER_SUPERVISOR_APPROVAL_LINE_PIPE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "supervisor/kernel/event_loop.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

class LinePipe {
 public:
  static constexpr size_t kLongestLine = 64 << 10;
  static constexpr size_t kLargestQueue = 1 << 20;

  // Both descriptors must be non-blocking. `on_line` gets each line without its newline. `on_end` comes once: the other
  // side closed, sent a line that is too long, or does not read what it is sent. Both come from the loop, and may
  // destroy the pipe only by way of Defer.
  LinePipe(EventLoop& loop, UniqueFd in, UniqueFd out, std::function<void(std::string_view)> on_line,
           std::function<void(std::string_view why)> on_end);
  ~LinePipe();
  LinePipe(const LinePipe&) = delete;
  LinePipe& operator=(const LinePipe&) = delete;

  absl::Status Start();
  void Send(std::string_view line);

 private:
  void OnReadable();
  void Flush();
  void End(std::string_view why);
  void EndSoon(std::string_view why);

  EventLoop& loop_;
  UniqueFd in_, out_;
  std::function<void(std::string_view)> on_line_;
  std::function<void(std::string_view)> on_end_;
  std::string received_, queued_;
  bool waits_to_write_ = false;
  bool ended_ = false;
  std::shared_ptr<LinePipe*> self_ =
      std::make_shared<LinePipe*>(this);  // work for later asks whether we are still here
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_LINE_PIPE_H_
