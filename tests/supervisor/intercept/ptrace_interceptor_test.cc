#include "supervisor/intercept/ptrace_interceptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <thread>
#include <vector>

#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

constexpr int kPatience = 20'000;

// In a child whose getpriority(2) is held: any call that is seldom made would do.
long HeldCall(unsigned long first = 0) { return syscall(SYS_getpriority, first, 7); }

// Every filter of Usher's holds openat(2), whatever the directory, and on arm64 a descriptor is handed over by way of it
// (DescriptorHandover); this one holds it below a "directory" that is none.
bool InstallFilter(bool hold_exec) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(hold_exec ? SYS_execve : SYS_getpriority), 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

class PtraceInterceptorTest : public ::testing::Test {
 protected:
  PtraceInterceptorTest() {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, nullptr);
    interceptor_.emplace();
    interceptor_->set_on_stop([this](int32_t tid, const WaitStatus& status) {
      if (tid == child_ && status.Exited()) ended_ = status;
      if (status.ExecStop()) ++execs_;
      if (status.GroupStop()) ++group_stops_;
      return Interceptor::AfterStop::kGoOn;
    });
  }

  void Start(const std::function<int()>& body, bool hold_exec = false) {
    int go[2];
    ASSERT_EQ(pipe2(go, O_CLOEXEC), 0);
    ended_.reset();
    child_ = fork();
    if (child_ == 0) {
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      char byte;
      if (read(go[0], &byte, 1) != 1 || !InstallFilter(hold_exec)) _exit(99);
      close(go[0]);
      close(go[1]);
      _exit(body());
    }
    ASSERT_TRUE(SeizeForCalls(child_).ok());
    ASSERT_EQ(write(go[1], "x", 1), 1);
    close(go[0]);
    close(go[1]);
  }

  // Looks at what has happened, until `enough`.
  void RunUntil(const std::function<bool()>& enough) {
    for (int i = 0; i < 1000 && !enough(); ++i) {
      pollfd fd{interceptor_->fd(), POLLIN, 0};
      poll(&fd, 1, kPatience / 1000);
      const auto event = interceptor_->Receive();
      ASSERT_TRUE(event.ok());
      if (event->has_value()) events_.push_back(**event);
    }
    ASSERT_TRUE(enough());
  }
  SyscallEvent Next() {
    RunUntil([this] { return !events_.empty(); });
    if (events_.empty()) return {};
    const SyscallEvent event = events_.front();
    events_.erase(events_.begin());
    return event;
  }
  int ExitCode() {
    RunUntil([this] { return ended_.has_value(); });
    const int code = ended_ ? ended_->ExitCode() : -1;
    waitpid(child_, nullptr, 0);
    child_ = -1;
    return code;
  }
  static UniqueFd Null() { return UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC)); }

  ~PtraceInterceptorTest() override {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, __WALL);
  }

  pid_t child_ = -1;
  std::optional<PtraceInterceptor> interceptor_;
  std::vector<SyscallEvent> events_;
  std::optional<WaitStatus> ended_;
  int execs_ = 0, group_stops_ = 0;
};

TEST_F(PtraceInterceptorTest, EventsAreWhatTheTraceeCalled) {
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

TEST_F(PtraceInterceptorTest, ErrorsAndContinue) {
  Start([] {
    if (HeldCall() != -1 || errno != EACCES) return 1;
    return HeldCall(PRIO_PROCESS) >= 0 ? 2 : errno == ESRCH ? 0 : 3;  // there is no process 7, or one to be asked
  });
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyError{EACCES}).ok());
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyContinue{}).ok());
  const int code = ExitCode();
  EXPECT_TRUE(code == 0 || code == 2) << code;
}

TEST_F(PtraceInterceptorTest, DescriptorsArriveAtTheNumberThatOpenWouldHaveGiven) {
  for (const bool close_on_exec : {false, true}) {
    Start([close_on_exec] {
      // Twice: the way has to be made the first time, and is there the second.
      for (int round = 0; round < 2; ++round) {
        const int expected = open("/", O_PATH | O_CLOEXEC);
        close(expected);
        const int fd = static_cast<int>(HeldCall());
        if (fd < 0) return errno;
        if (fd != expected) return 101;
        if (fcntl(fd, F_GETFL) < 0) return 102;
        if (((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) != close_on_exec) return 103;
      }
      return 0;
    });
    for (int round = 0; round < 2; ++round) {
      EXPECT_TRUE(interceptor_->Send(Next(), ReplyFd{Null(), close_on_exec, true}).ok());
    }
    EXPECT_EQ(ExitCode(), 0) << close_on_exec;
  }
}

TEST_F(PtraceInterceptorTest, ForkedChildrenAndThreadsAreHeldAndServedToo) {
  Start([] {
    if (HeldCall() < 0) return 1;  // makes the way
    int code = 0;
    std::thread([&code] { code = HeldCall() < 0 ? 2 : 0; }).join();
    const pid_t child = fork();
    if (child == 0) _exit(HeldCall() < 0 ? 3 : 0);
    int status = -1;
    if (waitpid(child, &status, 0) != child || status != 0) return 4;
    const pid_t other = vfork();
    if (other == 0) _exit(HeldCall() < 0 ? 3 : 0);
    return waitpid(other, &status, 0) == other && status == 0 ? code : 5;
  });
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(interceptor_->Send(Next(), ReplyFd{Null(), true, true}).ok());
  }
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(PtraceInterceptorTest, ManyThreadsAtOnceGetEachItsOwn) {
  constexpr int kThreads = 8, kRounds = 20;
  Start([] {
    std::vector<int> wrong(kThreads, 0);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([i, &wrong] {
        for (int round = 0; round < kRounds; ++round) {
          const int fd = static_cast<int>(HeldCall(static_cast<unsigned long>(i)));
          char byte = 0;
          if (fd < 0 || pread(fd, &byte, 1, 0) != 1 || byte != 'a' + i) ++wrong[static_cast<size_t>(i)];
          close(fd);
        }
      });
    }
    int sum = 0;
    for (auto& thread : threads) thread.join();
    for (const int count : wrong) sum += count;
    return sum;
  });
  for (int i = 0; i < kThreads * kRounds; ++i) {
    const SyscallEvent event = Next();
    UniqueFd file(memfd_create("letter", MFD_CLOEXEC));
    const char letter = static_cast<char>('a' + static_cast<int>(event.args[0]));
    ASSERT_EQ(write(file.get(), &letter, 1), 1);
    EXPECT_TRUE(interceptor_->Send(event, ReplyFd{std::move(file), true, false}).ok());
  }
  EXPECT_EQ(ExitCode(), 0);
}

// A program may close what it does not know, and unmap it.
TEST_F(PtraceInterceptorTest, TheWayIsMadeAgainWhenTheProgramHasClosedIt) {
  Start([] {
    close_range(3, ~0u, 0);
    for (int round = 0; round < 3; ++round) {
      const int fd = static_cast<int>(HeldCall());
      if (fd != 3) return 10 + fd;
      close_range(3, ~0u, 0);
    }
    return 0;
  });
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(interceptor_->Send(Next(), ReplyFd{Null(), false, true}).ok());
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(PtraceInterceptorTest, ADescriptorThatCannotBeGivenIsAnErrno) {
  Start([] {
    if (HeldCall() < 0) return 1;
    const rlimit few{4, 4};
    setrlimit(RLIMIT_NOFILE, &few);
    return HeldCall() == -1 && errno == EMFILE ? 0 : errno;
  });
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyFd{Null(), false, false}).ok());
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyFd{Null(), false, false}).ok());
  EXPECT_EQ(ExitCode(), 0) << "it does not wait for ever";
}

TEST_F(PtraceInterceptorTest, WhatIsLentIsThereWhileTheCallIsHeld) {
  Start([] {
    const auto fd = static_cast<int>(HeldCall(5));
    return fcntl(fd, F_GETFD) == FD_CLOEXEC ? 0 : 1;
  });
  const SyscallEvent event = Next();
  absl::StatusOr<int> number = -1;
  bool lent = false;
  interceptor_->Lend(event.id, Null(), [&](absl::StatusOr<int> n) {
    number = n;
    lent = true;
  });
  RunUntil([&] { return lent; });
  ASSERT_TRUE(number.ok()) << number.status();
  EXPECT_TRUE(interceptor_->StillHeld(event.id));
  EXPECT_TRUE(interceptor_->Send(event, ReplyValue{*number}).ok());
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(PtraceInterceptorTest, ACallerThatDiedIsNoError) {
  Start([] { return static_cast<int>(HeldCall()); });
  const SyscallEvent event = Next();
  kill(child_, SIGKILL);
  RunUntil([this] { return ended_.has_value(); });
  EXPECT_FALSE(interceptor_->StillHeld(event.id));
  EXPECT_TRUE(interceptor_->Send(event, ReplyValue{1}).ok());
  EXPECT_TRUE(interceptor_->Send(event, ReplyFd{Null(), false, true}).ok());
  EXPECT_EQ(ExitCode(), 128 + SIGKILL);
}

volatile sig_atomic_t handled = 0;

// What the monitor asks for when a held caller has a signal to handle.
TEST_F(PtraceInterceptorTest, AHeldCallCanBeInterruptedAsTheHandlerWantsIt) {
  constexpr int kRestart = 512;
  for (const bool restarts : {true, false}) {
    Start([restarts] {
      struct sigaction action {};
      action.sa_handler = [](int) { handled = handled + 1; };
      action.sa_flags = restarts ? SA_RESTART : 0;
      sigaction(SIGUSR1, &action, nullptr);
      const long result = HeldCall(9);
      if (handled != 1) return 1;
      if (restarts) return result == 42 ? 0 : 2;
      return result == -1 && errno == EINTR ? 0 : 3;
    });
    const SyscallEvent event = Next();
    kill(child_, SIGUSR1);
    EXPECT_TRUE(interceptor_->StillHeld(event.id)) << "a signal does not end the wait";
    EXPECT_TRUE(interceptor_->Send(event, ReplyError{kRestart}).ok());
    if (restarts) {
      const SyscallEvent again = Next();
      EXPECT_EQ(again.args, event.args);
      EXPECT_NE(again.id, event.id);
      EXPECT_TRUE(interceptor_->Send(again, ReplyValue{42}).ok());
    }
    EXPECT_EQ(ExitCode(), 0) << restarts;
  }
}

TEST_F(PtraceInterceptorTest, WithoutAHandlerAnInterruptedCallIsMadeAgain) {
  Start([] { return HeldCall(9) == 42 ? 0 : 1; });
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyError{512}).ok());
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyValue{42}).ok());
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(PtraceInterceptorTest, JobControlStopsAndContinues) {
  Start([] {
    raise(SIGSTOP);
    return HeldCall() == 42 ? 0 : 1;
  });
  RunUntil([this] { return group_stops_ > 0; });
  kill(child_, SIGCONT);
  EXPECT_TRUE(interceptor_->Send(Next(), ReplyValue{42}).ok());
  EXPECT_EQ(ExitCode(), 0);
}

// Whoever makes call after call does not keep the others waiting, whichever of them the kernel names first.
TEST_F(PtraceInterceptorTest, NobodyIsOvertakenForEver) {
  constexpr int kBusy = 6, kCalls = 20, kRoundsLate = 4;
  Start([] {
    pid_t busy[kBusy];
    for (pid_t& child : busy) {
      child = fork();
      if (child == 0) {
        for (;;) (void)HeldCall(1);
      }
    }
    for (int i = 0; i < kCalls; ++i) (void)HeldCall(2);
    for (const pid_t child : busy) kill(child, SIGKILL);
    for (const pid_t child : busy) waitpid(child, nullptr, 0);
    return 0;
  });
  int calls = 0, meanwhile = 0;
  while (calls < kCalls) {
    const SyscallEvent event = Next();
    ++(event.args[0] == 2 ? calls : meanwhile);
    EXPECT_TRUE(interceptor_->Send(event, ReplyError{EACCES}).ok());
    ASSERT_LE(meanwhile, kBusy * kRoundsLate * kCalls) << "after " << calls << " calls";
    if (calls == 0) meanwhile = 0;
  }
  EXPECT_EQ(ExitCode(), 0);
}

// An exec gives the leader's number to another thread. What was held of the leader is not answered to that one, nor is
// the new program let go before somebody has looked at it.
TEST_F(PtraceInterceptorTest, AnExecEndsWhatOthersOfTheProcessWereHeldIn) {
  interceptor_->set_on_stop([this](int32_t tid, const WaitStatus& status) {
    if (tid == child_ && status.Exited()) ended_ = status;
    if (!status.ExecStop()) return Interceptor::AfterStop::kGoOn;
    ++execs_;
    return Interceptor::AfterStop::kTaken;  // it stands until the test lets it go
  });
  Start([] {
    // Its first stop is over by the time of the call: nobody looks after it from then on.
    static std::atomic<bool> running{false};
    std::thread([] {
      running = true;
      usleep(50'000);
      execl("/bin/true", "true", nullptr);
    }).detach();
    while (!running) usleep(1000);
    return static_cast<int>(HeldCall());
  });
  const SyscallEvent held = Next();
  for (int i = 0; i < 2000 && interceptor_->StillHeld(held.id); ++i) usleep(1000);
  EXPECT_FALSE(interceptor_->StillHeld(held.id)) << "its thread is gone, although its number is not";
  EXPECT_EQ(execs_, 0);
  RunUntil([this] { return execs_ == 1; });
  EXPECT_TRUE(interceptor_->Send(held, ReplyValue{7}).ok());
  EXPECT_TRUE(IsStopped(child_)) << "the new program runs";
  EXPECT_TRUE(Resume(child_).ok());
  EXPECT_EQ(ExitCode(), 0);
}

// The same, with the exec held as well: from its reply on nothing is done to the others until it has ended, one way or
// the other.
TEST_F(PtraceInterceptorTest, AnAnswerWaitsForAnotherThreadsExec) {
  for (const bool fails : {false, true}) {
    Start(
        [fails] {
          std::thread([fails] { execl(fails ? "/nonexistent" : "/bin/true", "true", nullptr); }).detach();
          return static_cast<int>(HeldCall());
        },
        /*hold_exec=*/true);
    std::optional<SyscallEvent> exec, held;
    while (!exec || !held) {
      const SyscallEvent event = Next();
      (event.nr == SYS_execve ? exec : held) = event;
    }
    EXPECT_TRUE(interceptor_->Send(*exec, ReplyContinue{}).ok());
    EXPECT_TRUE(interceptor_->Send(*held, ReplyValue{7}).ok());
    EXPECT_EQ(ExitCode(), fails ? 7 : 0);
  }
}

TEST_F(PtraceInterceptorTest, TracedItCannotBeTracedByAnotherOfTheSandbox) {
  Start([] {
    const pid_t child = fork();
    if (child == 0) _exit(syscall(SYS_ptrace, 0 /* PTRACE_TRACEME */, 0, 0, 0) == -1 ? errno : 0);
    int status = -1;
    return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == EPERM ? 0 : 1;
  });
  EXPECT_EQ(ExitCode(), 0);
}

}  // namespace
}  // namespace usher
