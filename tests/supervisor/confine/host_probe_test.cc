#include "supervisor/confine/host_probe.h"

#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "tests/support/lesser_host.h"

namespace usher {
namespace {

constexpr int kCannot = 77;  // this host does not let the test set its stage

// Runs `body` in a child that may spoil itself; its exit code, or -1.
int InChild(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

bool HasChildren() { return waitpid(-1, nullptr, WNOHANG | __WALL) != -1 || errno != ECHILD; }

// What a listener further up answers never stops for a tracer: the probe has to find that out and to name it, and what
// it does not answer has to stop.
TEST(HostProbeTest, AListenerFurtherUpOutranksATracer) {
  if (!Probe().trace_calls.ok()) GTEST_SKIP() << "this host does not let calls be traced";
  const struct {
    long held;
    int found;  // the errno, and 100 for each call that was taken
  } cases[] = {{SYS_getppid, 0}, {SYS_mknodat, 100}, {SYS_openat, 100 + EBUSY}};
  for (const auto& c : cases) {
    const int found = InChild([&c] {
      const int listener = Filter(c.held, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
      if (listener < 0) return kCannot;
      // Whoever holds it lets everything go on.
      const pid_t probing = fork();
      if (probing == 0) {
        const HostFeatures host = Probe();
        _exit(host.trace_calls.error + 100 * host.calls_taken);
      }
      for (;;) {
        pollfd fd{listener, POLLIN, 0};
        poll(&fd, 1, 20);
        seccomp_notif event{};
        if ((fd.revents & POLLIN) != 0 && ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &event) == 0) {
          seccomp_notif_resp go_on{event.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE};
          ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &go_on);
        }
        int status;
        if (waitpid(probing, &status, WNOHANG) == probing) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
    });
    if (found == kCannot) GTEST_SKIP() << "this host gives no listener";
    EXPECT_EQ(found, c.found) << c.held;
  }
}

// The host of this test is not known, so each fact is held against what this very process can do itself.
TEST(HostProbeTest, AgreesWithThisHost) {
  const HostFeatures host = Probe();
  EXPECT_TRUE(host.no_new_privs.ok());
  EXPECT_TRUE(host.seccomp_filter.ok()) << host.seccomp_filter.error;
  EXPECT_EQ(host.uid, geteuid());
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  EXPECT_EQ(host.landlock_abi, abi < 0 ? 0 : abi);
  EXPECT_EQ(host.landlock.ok(), abi > 0) << host.landlock.error;
  const int listener = InChild(
      [] { return Filter(SYS_getppid, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0 ? errno : 0; });
  EXPECT_EQ(host.new_listener.error, listener);
  EXPECT_EQ(host.add_fd.ok(), listener == 0) << host.add_fd.error;
  EXPECT_EQ(host.yama_scope >= 0, access("/proc/sys/kernel/yama/ptrace_scope", R_OK) == 0);
  for (const Attempt& attempt :
       {host.wait_killable, host.add_fd_send, host.sync_wake_up, host.pidfd_open, host.pidfd_getfd,
        host.process_vm_readv, host.ptrace_seize, host.openat2, host.close_range_unshare, host.user_namespace}) {
    EXPECT_NE(attempt.error, Attempt::kUntried);
    EXPECT_NE(attempt.error, Attempt::kHung);
  }
}

TEST(HostProbeTest, LeavesNothingBehind) {
  const bool children_before = HasChildren();
  Probe();
  EXPECT_EQ(HasChildren(), children_before);
  // It spoiled its children only: this process still has its rights and its calls.
  EXPECT_EQ(InChild([] { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

TEST(HostProbeTest, TellsABusyListenerFromAMissingOne) {
  const int code = InChild([] {
    if (Filter(SYS_acct, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0) return kCannot;
    const HostFeatures host = Probe();
    return host.new_listener.error == EBUSY && host.add_fd.error == EBUSY && host.seccomp_filter.ok() ? 0 : 1;
  });
  if (code == kCannot) GTEST_SKIP() << "another listener holds this process tree";
  EXPECT_EQ(code, 0);
}

TEST(HostProbeTest, SeesWhatAFilterRefuses) {
  struct Case {
    long call;
    Attempt HostFeatures::*place;
  };
  const HostFeatures host = Probe();
  for (const Case& c :
       {Case{SYS_pidfd_getfd, &HostFeatures::pidfd_getfd}, Case{SYS_ptrace, &HostFeatures::ptrace_seize},
        Case{SYS_process_vm_readv, &HostFeatures::process_vm_readv}, Case{SYS_openat2, &HostFeatures::openat2},
        Case{SYS_unshare, &HostFeatures::user_namespace}, Case{SYS_landlock_restrict_self, &HostFeatures::landlock}}) {
    if (!(host.*c.place).ok()) continue;  // refused without our doing
    EXPECT_EQ(InChild([&] {
                if (Filter(c.call, SECCOMP_RET_ERRNO | EPERM, 0) < 0) return 2;
                return (Probe().*c.place).error == EPERM ? 0 : 1;
              }),
              0)
        << c.call;
  }
}

// Landlock that says yes and does nothing would be worse than none.
TEST(HostProbeTest, IsNotFooledByACallThatOnlyPretends) {
  EXPECT_EQ(InChild([] {
              if (Filter(SYS_landlock_restrict_self, SECCOMP_RET_ERRNO | 0, 0) < 0) return 2;
              const HostFeatures host = Probe();
              // Without Landlock the attempt fails earlier, which is no success either.
              return host.landlock.ok() ? 1 : 0;
            }),
            0);
}

TEST(HostProbeTest, SurvivesAKilledAttempt) {
  EXPECT_EQ(InChild([] {
              if (Filter(SYS_openat2, SECCOMP_RET_KILL_PROCESS, 0) < 0) return 2;
              const HostFeatures host = Probe();
              return host.openat2.error == Attempt::kKilled + SIGSYS && host.close_range_unshare.ok() ? 0 : 1;
            }),
            0);
}

// A listener that nobody serves makes a call wait for ever.
TEST(HostProbeTest, DoesNotWaitForEver) {
  const int code = InChild([] {
    if (Filter(SYS_openat2, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0) return kCannot;
    const HostFeatures host = Probe();
    if (HasChildren()) return 2;
    return host.openat2.error == Attempt::kHung && host.pidfd_open.ok() &&
                   host.close_range_unshare.error == Attempt::kUntried
               ? 0
               : 1;
  });
  if (code == kCannot) GTEST_SKIP() << "another listener holds this process tree";
  EXPECT_EQ(code, 0);
}

// The same as a subreaper, to whom the orphans of the killed prober come.
TEST(HostProbeTest, ReapsItsOrphans) {
  const int code = InChild([] {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (Filter(SYS_openat2, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0) return kCannot;
    Probe();
    return HasChildren() ? 1 : 0;
  });
  if (code == kCannot) GTEST_SKIP() << "another listener holds this process tree";
  EXPECT_EQ(code, 0);
}

TEST(HostProbeTest, LooksAtAProgramNotAtItsOwnSecrecy) {
  // A supervisor that nobody may look into still finds out what it may do to a program.
  const HostFeatures open_host = Probe();
  EXPECT_EQ(InChild([&] {
              prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
              const HostFeatures host = Probe();
              return host.ptrace_seize.error == open_host.ptrace_seize.error &&
                             host.process_vm_readv.error == open_host.process_vm_readv.error
                         ? 0
                         : 1;
            }),
            0);
}

}  // namespace
}  // namespace usher
