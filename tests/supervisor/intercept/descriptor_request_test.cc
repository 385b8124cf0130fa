// A caller hands over what it has open, and makes its call once more as if nothing had been.

#include "supervisor/intercept/descriptor_request.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "policies/text.h"
#include "supervisor/intercept/notify_interceptor.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

constexpr int kPatience = 20'000;

// In a child whose getpriority(2) and sendmsg(2) are held.
long HeldCall(unsigned long first = 0) { return syscall(SYS_getpriority, first, 7); }

int InstallFilter(unsigned flags) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{5, program};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, &filter));
}

// With waits that only an answer ends, and with waits that a signal ends too, as before Linux 5.19.
class DescriptorRequestTest : public ::testing::TestWithParam<bool> {
 protected:
  static unsigned Flags() { return GetParam() ? 1u << 5 : 0; }  // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV

  void SetUp() override {
    const pid_t child = fork();
    if (child == 0) _exit(InstallFilter(Flags()) >= 0 ? 0 : 1);
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (status != 0) GTEST_SKIP() << "this host gives no such listener";
  }

  // The child shares this process's descriptors until it has told the number of its listener.
  void Start(const std::function<int()>& body) {
    int ready[2];
    ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
    child_ = static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int listener = InstallFilter(Flags());
      if (write(ready[1], &listener, sizeof(listener)) != sizeof(listener)) _exit(99);
      unshare(CLONE_FILES);
      close(listener);
      _exit(body());
    }
    int listener = -1;
    ASSERT_EQ(read(ready[0], &listener, sizeof(listener)), static_cast<ssize_t>(sizeof(listener)));
    close(ready[0]);
    close(ready[1]);
    ASSERT_GE(listener, 0);
    interceptor_.emplace(UniqueFd(listener), GetParam());
    interceptor_->set_asks_for_descriptors(true);
  }

  // The next call, looking after requests meanwhile; none when `until` comes first.
  std::optional<SyscallEvent> Next(const std::function<bool()>& until = [] { return false; }) {
    for (int i = 0; i < kPatience && !until(); ++i) {
      interceptor_->OnChildSignal();
      pollfd fd{interceptor_->fd(), POLLIN, 0};
      if (poll(&fd, 1, 1) != 1 || (fd.revents & POLLIN) == 0) continue;
      const auto event = interceptor_->Receive();
      if (event.ok() && event->has_value()) return **event;
    }
    return std::nullopt;
  }
  // A messenger's end is its tracer's to take, and no process ends before all its threads have.
  int ExitCode() {
    int status = 0xff00;
    while (waitpid(child_, &status, WNOHANG) == 0) interceptor_->OnChildSignal();
    child_ = -1;
    if (status == 0xff00) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  // Here its parent is its tracer too, who may have taken its end already.
  bool Died() {
    const int code = ExitCode();
    return code == 128 + SIGKILL || (code == -1 && errno == ECHILD);
  }
  ~DescriptorRequestTest() override {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }

  pid_t child_ = -1;
  std::optional<NotifyInterceptor> interceptor_;
};

TEST_P(DescriptorRequestTest, ItIsHandedOverAndTheCallIsMadeOnceMore) {
  Start([] {
    for (int i = 0; i < 3; ++i) {
      const int fd = fcntl(open("/etc/passwd", O_RDONLY), F_DUPFD, 50 + i);
      if (HeldCall(static_cast<unsigned long>(fd)) != 42) return 1;
    }
    return 0;
  });
  for (int i = 0; i < 3; ++i) {
    const auto event = Next();
    ASSERT_TRUE(event.has_value());
    EXPECT_FALSE(interceptor_->TakeHandedOver(event->id).has_value()) << "nobody asked";
    const auto number = static_cast<int>(event->args[0]);
    ASSERT_TRUE(interceptor_->AskForDescriptors(*event, {number, 0}).ok());
    const auto again = Next();
    ASSERT_TRUE(again.has_value());
    EXPECT_NE(again->id, event->id);
    EXPECT_EQ(again->tid, event->tid);
    EXPECT_EQ(again->nr, event->nr);
    EXPECT_EQ(again->args, event->args);
    const auto handed_over = interceptor_->TakeHandedOver(again->id);
    ASSERT_TRUE(handed_over.has_value() && handed_over->ok()) << handed_over->status();
    ASSERT_EQ((*handed_over)->size(), 2u);
    EXPECT_EQ((**handed_over)[0].first, number);
    struct stat its {
    }, known{};
    ASSERT_EQ(fstat((**handed_over)[0].second.get(), &its), 0);
    ASSERT_EQ(stat("/etc/passwd", &known), 0);
    EXPECT_EQ(its.st_ino, known.st_ino);
    for (int looks = 0; looks < kPatience && ThreadsOf(child_).size() > 1; ++looks) interceptor_->OnChildSignal();
    EXPECT_EQ(ThreadsOf(child_).size(), 1u) << "the messenger is still there";
    EXPECT_TRUE(interceptor_->Send(*again, ReplyValue{42}).ok());
  }
  EXPECT_EQ(ExitCode(), 0);
}

TEST_P(DescriptorRequestTest, WhatIsNotOpenIsAnErrno) {
  Start([] { return HeldCall(77) == -1 && errno == EBADF ? 0 : 1; });
  const auto event = Next();
  ASSERT_TRUE(event.has_value());
  ASSERT_TRUE(interceptor_->AskForDescriptors(*event, {77}).ok());
  const auto again = Next();
  ASSERT_TRUE(again.has_value());
  const auto handed_over = interceptor_->TakeHandedOver(again->id);
  ASSERT_TRUE(handed_over.has_value());
  EXPECT_EQ(ErrnoOf(handed_over->status()), EBADF);
  EXPECT_TRUE(interceptor_->Send(*again, ReplyError{EBADF}).ok());
  EXPECT_EQ(ExitCode(), 0);
}

TEST_P(DescriptorRequestTest, ASignalComesBeforeTheCallIsMadeOnceMore) {
  static volatile sig_atomic_t got = 0;
  Start([] {
    signal(SIGUSR1, [](int) { got = 1; });
    return HeldCall() == 42 && got == 1 ? 0 : 1;
  });
  const auto event = Next();
  ASSERT_TRUE(event.has_value());
  ASSERT_TRUE(interceptor_->AskForDescriptors(*event, {0}).ok());
  kill(child_, SIGUSR1);
  const auto again = Next();
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(interceptor_->TakeHandedOver(again->id).has_value());
  EXPECT_TRUE(interceptor_->Send(*again, ReplyValue{42}).ok());
  EXPECT_EQ(ExitCode(), 0);
}

TEST_P(DescriptorRequestTest, WhoIsKilledOrStoppedMeanwhileIsNoTrouble) {
  for (const int signal : {SIGSTOP, SIGKILL}) {
    for (int looks = 0; looks < 8; ++looks) {
      Start([] { return HeldCall() == 42 ? 0 : 1; });
      const auto event = Next();
      ASSERT_TRUE(event.has_value());
      ASSERT_TRUE(interceptor_->AskForDescriptors(*event, {0}).ok());
      int left = looks;
      std::optional<SyscallEvent> again = Next([&left] { return left-- == 0; });
      kill(child_, signal);
      if (signal == SIGKILL) {
        siginfo_t info{};
        (void)Next([&] {
          return waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
        });
        EXPECT_TRUE(Died());
        continue;
      }
      for (int i = 0; i < 3 && !again; ++i) again = Next([&left] { return --left < -5; });
      kill(child_, SIGCONT);
      if (!again) again = Next();
      ASSERT_TRUE(again.has_value());
      // A wait that a stop has ended is begun anew, with another id; nobody waits for the answer to the old one.
      int status = 0xff00;
      for (; again; again = Next([&] { return waitpid(child_, &status, WNOHANG) != 0; })) {
        const absl::Status sent = interceptor_->Send(*again, ReplyValue{42});
        EXPECT_TRUE(sent.ok() || ErrnoOf(sent) == ENOENT) << sent;
      }
      EXPECT_EQ(status, 0) << looks;
      child_ = -1;
    }
  }
}

TEST_P(DescriptorRequestTest, WhatNobodyCallsForIsForgotten) {
  Start([] { return HeldCall() == 42 ? 0 : 1; });
  const auto event = Next();
  ASSERT_TRUE(event.has_value());
  EXPECT_FALSE(interceptor_->ForgetUncalled());
  ASSERT_TRUE(interceptor_->AskForDescriptors(*event, {0}).ok());
  EXPECT_TRUE(interceptor_->ForgetUncalled()) << "it is under way";
  kill(child_, SIGKILL);
  EXPECT_TRUE(Died());
  for (int i = 0; i < 100 && interceptor_->ForgetUncalled(); ++i) interceptor_->OnChildSignal();
  EXPECT_FALSE(interceptor_->ForgetUncalled());
}

TEST_P(DescriptorRequestTest, WhoCannotBeStoppedIsHeldAsBefore) {
  Start([] { return HeldCall() == 42 ? 0 : 1; });
  const auto event = Next();
  ASSERT_TRUE(event.has_value());
  EXPECT_FALSE(interceptor_->AskForDescriptors({.id = event->id, .tid = getpid()}, {0}).ok());
  EXPECT_FALSE(interceptor_->AskForDescriptors(*event, {}).ok()) << "nothing is asked for";
  EXPECT_TRUE(interceptor_->StillHeld(event->id)) << "and it is held as before";
  EXPECT_TRUE(interceptor_->Send(*event, ReplyValue{42}).ok());
  EXPECT_EQ(ExitCode(), 0);
}

INSTANTIATE_TEST_SUITE_P(Waits, DescriptorRequestTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Killable" : "Interruptible"; });

}  // namespace
}  // namespace usher
