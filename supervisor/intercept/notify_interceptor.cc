#include "supervisor/intercept/notify_interceptor.h"

#include <cerrno>
#include <utility>

#include "supervisor/arch/native.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {

NotifyInterceptor::NotifyInterceptor(UniqueFd listener, bool waits_killably)
    : listener_(std::move(listener)), waits_killably_(waits_killably), sync_wake_up_(listener_.UseSyncWakeUp()) {}

absl::StatusOr<std::optional<SyscallEvent>> NotifyInterceptor::Receive() {
  auto notification = listener_.Receive();
  if (!notification.ok()) {
    const int error = ErrnoOf(notification.status());
    if (error == ENOENT || error == EINTR) return std::nullopt;
    return notification.status();
  }
  if (notification->arch != kNativeAuditArch) {
    (void)listener_.SendError(notification->id,
                              ENOSYS);  // the filter kills these; should one get here, it gets nothing
    return std::nullopt;
  }
  const SyscallEvent event{notification->id, notification->tid, notification->nr, notification->args, notification->ip};
  if (asks_) {
    if (requests_.Took(event, listener_)) return std::nullopt;
    requests_.NoteCall(event);
  }
  return event;
}

absl::Status NotifyInterceptor::Send(uint64_t id, Reply reply) {
  if (asks_) (void)requests_.Take(id);
  absl::Status status = std::visit(Overloaded{
                                       [&](ReplyError& r) { return listener_.SendError(id, r.error); },
                                       [&](ReplyValue& r) { return listener_.SendValue(id, r.value); },
                                       [&](ReplyFd& r) {
                                         return r.writable
                                                    ? listener_.SendWritableFd(id, std::move(r.fd), r.close_on_exec)
                                                    : listener_.SendFd(id, r.fd.get(), r.close_on_exec);
                                       },
                                       [&](ReplyContinue&) { return listener_.SendContinue(id); },
                                   },
                                   reply);
  if (status.ok() || ErrnoOf(status) == ENOENT) return status;
  // It went away while it was being given a descriptor.
  if (ErrnoOf(status) == ESRCH) return ErrnoStatus("nobody waits", ENOENT);
  if (ErrnoOf(status) == EINPROGRESS) return absl::OkStatus();  // it was answered already
  // The reply could not be given (no descriptor free in the tracee, say): it gets that errno rather than wait for ever.
  (void)listener_.SendError(id, ErrnoOf(status));
  return status;
}

}  // namespace usher
