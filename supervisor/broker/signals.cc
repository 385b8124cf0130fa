#include "supervisor/broker/signals.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace usher {
namespace {

// What kill(2) would say of the tracee, as far as another may say it: only the kernel itself may write SI_USER for somebody.
siginfo_t InfoOfSender(int signal, int32_t sender) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_QUEUE;
  info.si_pid = sender;
  info.si_uid = getuid();
  return info;
}

}  // namespace

CallResult EnactSignal(const Call& call, const Target& target) {
  siginfo_t info = call.signal_info.value_or(InfoOfSender(call.signal, target.caller_process));
  if (info.si_signo != call.signal) return Failed{EINVAL};
  if (info.si_code != SI_QUEUE) return Failed{EPERM};  // nobody plays the kernel, a timer or a message queue
  if (syscall(SYS_pidfd_send_signal, target.process.get(), call.signal, &info, 0) < 0) return Failed{errno};
  return Done{};
}

}  // namespace usher
