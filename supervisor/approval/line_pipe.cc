#include "supervisor/approval/line_pipe.h"

#include <signal.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

// write(2) to a pipe whose reader is gone raises SIGPIPE in this thread. Whether the process ignores it is not ours to
// change (children inherit that), so it is held back and taken away here.
ssize_t WriteWithoutSignal(int fd, std::string_view text) {
  sigset_t pipe_only, before, pending;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  const ssize_t written = write(fd, text.data(), text.size());
  const int error = errno;
  if (written < 0 && error == EPIPE && !was_pending) {
    const timespec now{};
    while (sigtimedwait(&pipe_only, nullptr, &now) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return written;
}

}  // namespace

LinePipe::LinePipe(EventLoop& loop, UniqueFd in, UniqueFd out, std::function<void(std::string_view)> on_line,
                   std::function<void(std::string_view)> on_end)
    : loop_(loop), in_(std::move(in)), out_(std::move(out)), on_line_(std::move(on_line)), on_end_(std::move(on_end)) {}

LinePipe::~LinePipe() {
  ended_ = true;
  if (in_) loop_.Unwatch(in_.get());
  if (out_) loop_.Unwatch(out_.get());
}

absl::Status LinePipe::Start() {
  return loop_.Watch(in_.get(), EPOLLIN, [this](uint32_t) { OnReadable(); });
}

void LinePipe::OnReadable() {
  std::array<char, 16384> chunk;
  const ssize_t got = read(in_.get(), chunk.data(), chunk.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return End("it closed its output");
  received_.append(chunk.data(), static_cast<size_t>(got));
  size_t start = 0;
  for (size_t end; (end = received_.find('\n', start)) != std::string::npos && !ended_; start = end + 1) {
    if (end - start > kLongestLine) return End("it sent a line longer than 64 KiB");
    on_line_(std::string_view(received_).substr(start, end - start));
  }
  received_.erase(0, start);
  if (received_.size() > kLongestLine) End("it sent a line longer than 64 KiB");
}

void LinePipe::Send(std::string_view line) {
  if (ended_) return;
  queued_.append(line);
  Flush();
}

void LinePipe::Flush() {
  while (!queued_.empty()) {
    const ssize_t written = WriteWithoutSignal(out_.get(), queued_);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) break;
    if (written < 0) return EndSoon("it closed its input");
    queued_.erase(0, static_cast<size_t>(written));
  }
  if (queued_.size() > kLargestQueue) return EndSoon("it does not read what it is asked");
  const bool must_wait = !queued_.empty();
  if (must_wait == waits_to_write_) return;
  waits_to_write_ = must_wait;
  if (!must_wait) {
    loop_.Unwatch(out_.get());
  } else if (absl::Status watched = loop_.Watch(out_.get(), EPOLLOUT, [this](uint32_t) { Flush(); }); !watched.ok()) {
    EndSoon("it cannot be written to");
  }
}

// Send may be called from anywhere, also from our owner's own calls; the end is told from the loop only.
void LinePipe::EndSoon(std::string_view why) {
  loop_.Defer([self = std::weak_ptr(self_), why = std::string(why)] {
    if (auto pipe = self.lock()) (*pipe)->End(why);
  });
}

void LinePipe::End(std::string_view why) {
  if (std::exchange(ended_, true)) return;
  loop_.Unwatch(in_.get());
  loop_.Unwatch(out_.get());
  in_.reset();
  out_.reset();
  on_end_(why);
}

}  // namespace usher
