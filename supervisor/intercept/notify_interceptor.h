// The interceptor over seccomp user notification.

#ifndef USHER_SUPERVISOR_INTERCEPT_NOTIFY_INTERCEPTOR_H_
#define USHER_SUPERVISOR_INTERCEPT_NOTIFY_INTERCEPTOR_H_

#include "supervisor/intercept/interceptor.h"
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
  void Lend(uint64_t id, UniqueFd fd, OnLent done) override { done(listener_.LendFd(id, fd.get())); }
  absl::Status Send(uint64_t id, Reply reply) override;

  bool sync_wake_up() const { return sync_wake_up_; }

 private:
  Listener listener_;
  bool waits_killably_;
  bool sync_wake_up_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_INTERCEPT_NOTIFY_INTERCEPTOR_H_
