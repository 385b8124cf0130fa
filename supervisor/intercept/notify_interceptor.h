// The interceptor over seccomp user notification.

#ifndef USHER_SUPERVISOR_INTERCEPT_NOTIFY_INTERCEPTOR_H_
#define USHER_SUPERVISOR_INTERCEPT_NOTIFY_INTERCEPTOR_H_

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "supervisor/intercept/descriptor_requests.h"
#include "supervisor/intercept/interceptor.h"
#include "supervisor/intercept/left_over_fds.h"
#include "supervisor/kernel/notify.h"

namespace usher {

class NotifyInterceptor : public Interceptor {
 public:
  // `waits_killably`: the filter was installed with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV.
  NotifyInterceptor(UniqueFd listener, bool waits_killably);

  std::string_view name() const override { return "seccomp-notify"; }
  int fd() const override { return listener_.fd(); }
  absl::StatusOr<std::optional<SyscallEvent>> Receive() override;
  bool StillHeld(uint64_t id) const override { return listener_.StillHeld(id); }
  bool waits_killably() const override { return waits_killably_; }
  void Lend(uint64_t id, UniqueFd fd, OnLent done) override {
    done(listener_.InstallFd(id, fd.get(), /*close_on_exec=*/true));
  }
  absl::Status Send(const SyscallEvent& event, Reply reply) override;
  bool SendAgain(const SyscallEvent& event, int fd) override;

  // The host lets nobody take descriptors, but lets callers be stopped.
  void set_asks_for_descriptors(bool value) { asks_ = value; }
  bool asks_for_descriptors() const override { return asks_; }
  absl::Status AskForDescriptors(const SyscallEvent& event, std::vector<int> numbers) override {
    return requests_.Ask(event, std::move(numbers), listener_);
  }
  std::optional<absl::StatusOr<NumberedFds>> TakeHandedOver(uint64_t id) override { return requests_.Take(id); }
  void OnChildSignal() override { requests_.Look(); }
  bool ForgetUncalled() override { return requests_.ForgetUncalled(); }

  bool sync_wake_up() const { return sync_wake_up_; }

 private:
  absl::Status SendFd(const SyscallEvent& event, ReplyFd reply);
  bool SendLeftOver(const SyscallEvent& event, int fd, bool close_on_exec, LeftOverFds::Same same);

  Listener listener_;
  bool waits_killably_;
  bool sync_wake_up_;
  bool asks_ = false;
  DescriptorRequests requests_;
  LeftOverFds left_overs_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_NOTIFY_INTERCEPTOR_H_
