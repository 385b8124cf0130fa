#include "supervisor/broker/signals.h"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <optional>

#include "supervisor/kernel/process.h"
#include "tests/supervisor/broker/broker_case.h"

namespace usher {
namespace {

constexpr int kSender = 4711;

// A child that ends with the number of the process that signalled it, or of the value that was sent along.
class SignalsTest : public BrokerTest {
 protected:
  SignalsTest() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    child_ = fork();
    if (child_ == 0) {
      siginfo_t info;
      while (sigwaitinfo(&set, &info) != SIGUSR1) continue;
      _exit(info.si_pid == kSender && info.si_uid == getuid() ? info.si_value.sival_int : 99);
    }
    pidfd_ = *PidfdOpen(child_);
  }
  ~SignalsTest() override {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  int Signal(int signal, std::optional<siginfo_t> info = std::nullopt) {
    Call call = CallOf("pidfd_send_signal");
    call.signal = signal;
    call.signal_info = info;
    Target target;
    target.process = UniqueFd(fcntl(pidfd_.get(), F_DUPFD_CLOEXEC, 0));
    target.caller_process = kSender;
    return ErrorOf(Do(call, std::move(target)));
  }
  int CodeOfChild() {
    int status = 0;
    waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  pid_t child_;
  UniqueFd pidfd_;
};

TEST_F(SignalsTest, TheSenderIsTheTracee) {
  EXPECT_EQ(Signal(0), 0) << "signal 0 only asks";
  EXPECT_EQ(Signal(SIGUSR1), 0);
  EXPECT_EQ(CodeOfChild(), 0);
  EXPECT_EQ(Signal(0), ESRCH);
}

TEST_F(SignalsTest, AValueTravelsAlong) {
  siginfo_t info{};
  info.si_signo = SIGUSR1;
  info.si_code = SI_QUEUE;
  info.si_pid = kSender;
  info.si_uid = getuid();
  info.si_value.sival_int = 7;
  EXPECT_EQ(Signal(SIGUSR2, info), EINVAL) << "another signal than the one described";
  for (const int code : {SI_USER, SI_TKILL, SI_TIMER, SI_KERNEL, SI_SIGIO}) {
    info.si_code = code;
    EXPECT_EQ(Signal(SIGUSR1, info), EPERM) << code;
  }
  info.si_code = SI_QUEUE;
  EXPECT_EQ(Signal(SIGUSR1, info), 0);
  EXPECT_EQ(CodeOfChild(), 7);
}

TEST_F(SignalsTest, NoSuchSignal) { EXPECT_EQ(Signal(200), EINVAL); }

}  // namespace
}  // namespace usher
