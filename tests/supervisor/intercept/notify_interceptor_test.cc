#include "supervisor/intercept/notify_interceptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <optional>
#include <thread>

#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

constexpr int kPatience = 20'000;

// In a child whose getpriority(2) is held: any call that is seldom made would do.
long HeldCall(unsigned long first = 0) { return syscall(SYS_getpriority, first, 7); }

int InstallFilter() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{4, program};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter));
}

class NotifyInterceptorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const pid_t child = fork();
    if (child == 0) _exit(InstallFilter() >= 0 ? 0 : 1);
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (status != 0) GTEST_SKIP() << "this host gives no listener";
  }

  // The child shares this process's descriptors until it has told the number of its listener.
  void Start(const std::function<int()>& body) {
    int ready[2];
    ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
    child_ = static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
    if (child_ == 0) {
      const int listener = InstallFilter();
      if (write(ready[1], &listener, sizeof(listener)) != sizeof(listener)) _exit(99);
      unshare(CLONE_FILES);
      close(listener);  // or it would itself keep the listener from hanging up
      _exit(body());
    }
    int listener = -1;
    ASSERT_EQ(read(ready[0], &listener, sizeof(listener)), static_cast<ssize_t>(sizeof(listener)));
    close(ready[0]);
    close(ready[1]);
    ASSERT_GE(listener, 0);
    interceptor_.emplace(UniqueFd(listener), false);
  }
  SyscallEvent Next() {
    pollfd fd{interceptor_->fd(), POLLIN, 0};
    EXPECT_EQ(poll(&fd, 1, kPatience), 1);
    const auto event = interceptor_->Receive();
    EXPECT_TRUE(event.ok() && event->has_value());
    return event.ok() && event->has_value() ? **event : SyscallEvent{};
  }
  int ExitCode() {
    int status = -1;
    waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  ~NotifyInterceptorTest() override {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }

  pid_t child_ = -1;
  std::optional<NotifyInterceptor> interceptor_;
};

TEST_F(NotifyInterceptorTest, EventsAreWhatTheTraceeCalled) {
  Start([] { return HeldCall(0x1234567890abcdef) == 42 ? 0 : 1; });
  const SyscallEvent event = Next();
  EXPECT_EQ(event.tid, child_);
  EXPECT_EQ(event.nr, SYS_getpriority);
  EXPECT_EQ(event.args[0], 0x1234567890abcdefu);
  EXPECT_EQ(event.args[1], 7u);
  EXPECT_TRUE(interceptor_->StillHeld(event.id));
  EXPECT_FALSE(interceptor_->StillHeld(event.id + 1));
  EXPECT_TRUE(interceptor_->Send(event, ReplyValue{42}).ok());
  EXPECT_FALSE(interceptor_->StillHeld(event.id));
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(NotifyInterceptorTest, ErrorsAndContinue) {
  Start([] {
    if (HeldCall() != -1 || errno != EACCES) return 1;
    return HeldCall(PRIO_PROCESS) >= 0 ? 2 : errno == ESRCH ? 0 : 3;  // there is no process 7, or one to be asked
  });
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyError{EACCES}).ok());
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyContinue{}).ok());
  const int code = ExitCode();
  EXPECT_TRUE(code == 0 || code == 2) << code;
}

TEST_F(NotifyInterceptorTest, DescriptorsAreInjected) {
  for (const bool writable : {false, true}) {
    for (const bool close_on_exec : {false, true}) {
      Start([close_on_exec] {
        const int fd = static_cast<int>(HeldCall());
        if (fd < 0 || fcntl(fd, F_GETFL) < 0) return 1;
        return ((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) == close_on_exec ? 0 : 2;
      });
      ReplyFd reply{UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC)), close_on_exec, writable};
      EXPECT_TRUE(interceptor_->Send(Next(), std::move(reply)).ok());
      EXPECT_EQ(ExitCode(), 0) << writable << close_on_exec;
    }
  }
}

// A child that gets descriptors while signals take it away from its calls, also between the two steps in which one
// comes.
class InterruptedCallerTest : public NotifyInterceptorTest {
 protected:
  enum class Answered : uint8_t { kNot, kYes, kLast };

  // `answer` is asked for each call. As many descriptors are left behind in the end as answers were taken by one who
  // went away all the same, which nobody can know.
  void Answer(const std::function<Answered(const SyscallEvent&)>& answer) {
    struct Tally {
      int heard, left;
    };
    void* const shared = mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    auto* const tally = static_cast<Tally*>(shared);
    Start([tally] {
      struct sigaction nothing {};
      nothing.sa_handler = [](int) {};
      sigaction(SIGUSR1, &nothing, nullptr);
      const auto open_now = [] {
        int open = 0;
        for (int fd = 0; fd < 5000; ++fd) open += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
        return open;
      };
      const int before = open_now();
      for (;;) {
        const int fd = static_cast<int>(HeldCall());
        if (fd < 0 && errno == EPIPE) break;
        if (fd < 0 && errno != EINTR) return 1;
        if (fd >= 0 && (fcntl(fd, F_GETFL) < 0 || close(fd) != 0)) return 2;
        if (fd >= 0) ++tally->heard;
      }
      tally->left = open_now() - before;
      return 0;
    });
    EXPECT_TRUE(interceptor_->Send(Next(), ReplyError{EINTR}).ok());  // its handler is there
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience);
    std::atomic<bool> enough = false;
    std::thread storm([&] {
      while (!enough) {
        kill(child_, SIGUSR1);
        usleep(20);
      }
    });
    int answered = 0;
    while (!enough) {
      const auto event = interceptor_->Receive();  // waits; empty when a signal was sooner
      const Answered how = event.ok() && event->has_value() ? answer(**event) : Answered::kNot;
      if (how != Answered::kNot) ++answered;
      enough = !event.ok() || how == Answered::kLast || std::chrono::steady_clock::now() > deadline;
    }
    storm.join();
    for (bool told = false; !told;) {
      const auto event = interceptor_->Receive();
      if (!event.ok()) break;
      told = event->has_value() && interceptor_->Send(**event, ReplyError{EPIPE}).ok();
    }
    EXPECT_EQ(ExitCode(), 0);
    EXPECT_LE(tally->left, answered - tally->heard + 1) << "one may have been given before the last answer";
    munmap(shared, sizeof(Tally));
  }
  bool Give(const SyscallEvent& event) {
    return interceptor_->Send(event, ReplyFd{UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC)), true, true}).ok();
  }
};

TEST_F(InterruptedCallerTest, NoDescriptorsAreLeftBehind) {
  constexpr int kEnough = 500;
  int interrupted = 0;
  Answer([&](const SyscallEvent& event) {
    if (!Give(event)) return ++interrupted < kEnough ? Answered::kNot : Answered::kLast;
    return Answered::kYes;
  });
  EXPECT_EQ(interrupted, kEnough);
}

TEST_F(InterruptedCallerTest, WhatItHasAlreadyIsAnsweredAgain) {
  constexpr int kEnough = 3;
  const UniqueFd null(open("/dev/null", O_PATH | O_CLOEXEC));
  int again = 0;
  Answer([&](const SyscallEvent& event) {
    if (!interceptor_->SendAgain(event, null.get())) {
      return Give(event) ? Answered::kYes : Answered::kNot;
    }
    EXPECT_FALSE(interceptor_->SendAgain(event, null.get())) << "it is the caller's own by now";
    return ++again < kEnough ? Answered::kYes : Answered::kLast;
  });
  EXPECT_EQ(again, kEnough);
}

TEST_F(NotifyInterceptorTest, ADescriptorThatCannotBeGivenIsAnErrno) {
  Start([] {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_NOFILE, &none);
    return HeldCall() == -1 && errno == EMFILE ? 0 : 1;
  });
  EXPECT_FALSE(
      interceptor_->Send(Next(), ReplyFd{UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)), false, false}).ok());
  EXPECT_EQ(ExitCode(), 0) << "it does not wait for ever";
}

TEST_F(NotifyInterceptorTest, ACallerThatDiedIsNotThere) {
  Start([] { return static_cast<int>(HeldCall()); });
  const SyscallEvent event = Next();
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  child_ = -1;
  EXPECT_FALSE(interceptor_->StillHeld(event.id));
  EXPECT_EQ(ErrnoOf(interceptor_->Send(event, ReplyValue{1})), ENOENT);
  EXPECT_EQ(ErrnoOf(interceptor_->Send(event, ReplyFd{UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)), false, true})),
            ENOENT);
  pollfd fd{interceptor_->fd(), POLLIN, 0};
  ASSERT_EQ(poll(&fd, 1, kPatience), 1);
  EXPECT_NE(fd.revents & POLLHUP, 0) << "nobody is left";
}

}  // namespace
}  // namespace usher
