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
  left_overs_.OnCall(event);
  if (asks_) {
    if (requests_.Took(event, listener_)) return std::nullopt;
    requests_.NoteCall(event);
  }
  return event;
}

// In one step where that can be. Not for a file that was opened for writing: our own copy is closed before the caller
// goes on, or what it writes and closes could not be executed at once (ETXTBSY).
absl::Status NotifyInterceptor::SendFd(const SyscallEvent& event, ReplyFd reply) {
  if (SendLeftOver(event, reply.fd.get(), reply.close_on_exec, LeftOverFds::Same::kFileAndFlags)) {
    return absl::OkStatus();
  }
  if (!reply.writable) {
    absl::Status sent = listener_.SendFd(event.id, reply.fd.get(), reply.close_on_exec);
    if (ErrnoOf(sent) != EINVAL) return sent;  // which it is before Linux 5.14
  }
  const OpenedFile file = waits_killably_ ? OpenedFile() : OpenedBy(reply.fd.get(), reply.close_on_exec);
  USHER_ASSIGN_OR_RETURN(const int number, listener_.InstallFd(event.id, reply.fd.get(), reply.close_on_exec));
  reply.fd.reset();
  absl::Status sent = listener_.SendValue(event.id, number);
  if (!waits_killably_ && ErrnoOf(sent) == ENOENT) left_overs_.Note(event, number, file);
  return sent;
}

bool NotifyInterceptor::SendAgain(const SyscallEvent& event, int fd) {
  return SendLeftOver(event, fd, /*close_on_exec=*/false, LeftOverFds::Same::kFile);
}

bool NotifyInterceptor::SendLeftOver(const SyscallEvent& event, int fd, bool close_on_exec, LeftOverFds::Same same) {
  if (left_overs_.empty()) return false;
  const std::optional<int> number = left_overs_.Find(event, OpenedBy(fd, close_on_exec), same);
  if (!number) return false;
  if (asks_) (void)requests_.Take(event.id);
  if (!listener_.SendValue(event.id, *number).ok()) return false;  // taken away once more
  left_overs_.Forget(event.tid);
  return true;
}

absl::Status NotifyInterceptor::Send(const SyscallEvent& event, Reply reply) {
  if (asks_) (void)requests_.Take(event.id);
  absl::Status status = std::visit(Overloaded{
                                       [&](ReplyError& r) { return listener_.SendError(event.id, r.error); },
                                       [&](ReplyValue& r) { return listener_.SendValue(event.id, r.value); },
                                       [&](ReplyFd& r) { return SendFd(event, std::move(r)); },
                                       [&](ReplyContinue&) { return listener_.SendContinue(event.id); },
                                   },
                                   reply);
  if (status.ok() || ErrnoOf(status) == ENOENT) return status;
  // It went away while it was being given a descriptor.
  if (ErrnoOf(status) == ESRCH) return ErrnoStatus("nobody waits", ENOENT);
  if (ErrnoOf(status) == EINPROGRESS) return absl::OkStatus();  // it was answered already
  // The reply could not be given (no descriptor free in the tracee, say): it gets that errno rather than wait for ever.
  (void)listener_.SendError(event.id, ErrnoOf(status));
  return status;
}

}  // namespace usher
