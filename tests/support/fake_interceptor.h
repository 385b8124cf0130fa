// Held calls that a test makes up, and what they were answered with.

#ifndef USHER_TESTS_SUPPORT_FAKE_INTERCEPTOR_H_
#define USHER_TESTS_SUPPORT_FAKE_INTERCEPTOR_H_

#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "supervisor/intercept/interceptor.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {

class FakeInterceptor : public Interceptor {
 public:
  FakeInterceptor() {
    int ends[2];
    if (pipe(ends) < 0) std::abort();
    read_.reset(ends[0]);
    write_.reset(ends[1]);
  }

  void Push(const SyscallEvent& event) {
    events_.push_back(event);
    if (write(write_.get(), "x", 1) != 1) std::abort();
  }
  void HangUp() { write_.reset(); }

  std::string_view name() const override { return "fake"; }
  int fd() const override { return read_.get(); }
  absl::StatusOr<std::optional<SyscallEvent>> Receive() override {
    char byte;
    if (read(read_.get(), &byte, 1) != 1 || events_.empty()) return ErrnoStatus("receive", EIO);
    const SyscallEvent event = events_.front();
    events_.pop_front();
    return event;
  }
  bool StillHeld(uint64_t id) const override {
    if (gone_after == 0) return false;
    if (gone_after > 0) --gone_after;
    return !gone.contains(id);
  }
  bool waits_killably() const override { return killably; }
  void Lend(uint64_t, UniqueFd fd, OnLent done) override { done(fd.get()); }
  absl::Status Send(const SyscallEvent& event, Reply reply) override {
    if (lost.erase(event.id) != 0) return ErrnoStatus("send", ENOENT);
    replies[event.id].push_back(std::move(reply));
    return absl::OkStatus();
  }

  bool SendAgain(const SyscallEvent& event, int) override {
    const std::optional<int> number = std::exchange(has_already, std::nullopt);
    if (number) replies[event.id].push_back(ReplyValue{*number});
    return number.has_value();
  }

  std::optional<int> has_already;  // the number of a descriptor that the caller never heard of
  std::set<uint64_t> gone;         // callers that died while they were held
  mutable int gone_after = -1;     // every caller dies after so many questions whether it is there
  bool killably = true;
  std::set<uint64_t> lost;  // callers that a signal takes away before they are answered
  std::map<uint64_t, std::vector<Reply>> replies;

 private:
  UniqueFd read_, write_;
  std::deque<SyscallEvent> events_;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_FAKE_INTERCEPTOR_H_
