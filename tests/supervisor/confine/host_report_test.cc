#include "supervisor/confine/host_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

HostFeatures FullHost() {
  HostFeatures host;
  for (Attempt* attempt : {&host.no_new_privs, &host.seccomp_filter, &host.new_listener, &host.wait_killable,
                           &host.add_fd, &host.add_fd_send, &host.sync_wake_up, &host.pidfd_open, &host.pidfd_getfd,
                           &host.process_vm_readv, &host.ptrace_seize, &host.trace_calls, &host.landlock, &host.openat2,
                           &host.close_range_unshare, &host.user_namespace}) {
    attempt->error = 0;
  }
  host.landlock_abi = 7;
  host.uid = 1000;
  return host;
}

HostFeatures Listenerless(int error) {
  HostFeatures host = FullHost();
  for (Attempt* attempt :
       {&host.new_listener, &host.wait_killable, &host.add_fd, &host.add_fd_send, &host.sync_wake_up}) {
    attempt->error = error;
  }
  return host;
}

HostFeatures With(HostFeatures host, Attempt HostFeatures::*place, int error) {
  (host.*place).error = error;
  return host;
}

HostFeatures InDocker(HostFeatures host) {
  std::strcpy(host.container, "docker");
  return host;
}

HostFeatures UnderYama(int scope) {
  HostFeatures host = FullHost();
  host.yama_scope = scope;
  host.ptrace_seize.error = host.trace_calls.error = host.process_vm_readv.error = host.pidfd_getfd.error = EPERM;
  return host;
}

const HostLine& LineOf(const HostReport& report, std::string_view key) {
  for (const HostLine& line : report.lines) {
    if (line.key == key) return line;
  }
  ADD_FAILURE() << "no line " << key;
  return report.lines.front();
}

TEST(HostReportTest, Tiers) {
  struct Case {
    const char* what;
    HostFeatures host;
    HostTier tier;
    bool runs;
  };
  const HostFeatures full = FullHost();
  for (const Case& c : std::vector<Case>{
           {"full", full, HostTier::kFull, true},
           {"no pidfd_getfd, as in Docker", With(full, &HostFeatures::pidfd_getfd, EPERM), HostTier::kFull, true},
           {"Linux 5.10",
            With(With(With(full, &HostFeatures::add_fd_send, EINVAL), &HostFeatures::wait_killable, EINVAL),
                 &HostFeatures::landlock, ENOSYS),
            HostTier::kNoFloor, true},
           {"lsm= without landlock", With(full, &HostFeatures::landlock, EOPNOTSUPP), HostTier::kNoFloor, true},
           {"ptrace filtered", With(full, &HostFeatures::ptrace_seize, EPERM), HostTier::kNoExecStop, true},
           {"below a listener for other calls", Listenerless(EBUSY), HostTier::kPtrace, true},
           {"inside another usher", With(Listenerless(EBUSY), &HostFeatures::trace_calls, EBUSY), HostTier::kStatic,
            false},
           {"no listener and no pidfd_getfd", With(Listenerless(EBUSY), &HostFeatures::pidfd_getfd, EPERM),
            HostTier::kStatic, false},
           {"a listener, but no tracing", With(full, &HostFeatures::trace_calls, EPERM), HostTier::kFull, true},
           {"below a listener for other calls, without Landlock",
            With(Listenerless(EBUSY), &HostFeatures::landlock, ENOSYS), HostTier::kPtrace, true},
           {"neither listener nor ptrace", With(Listenerless(EBUSY), &HostFeatures::trace_calls, EPERM),
            HostTier::kStatic, false},
           {"Yama 2", UnderYama(2), HostTier::kStatic, false},
           {"no openat2", With(full, &HostFeatures::openat2, ENOSYS), HostTier::kNothing, false},
           {"no filter", With(full, &HostFeatures::seccomp_filter, EINVAL), HostTier::kNothing, false},
           {"filter that does nothing", With(full, &HostFeatures::seccomp_filter, EPROTO), HostTier::kNothing, false},
           {"nothing was found out", HostFeatures{}, HostTier::kNothing, false},
       }) {
    EXPECT_EQ(TierOf(c.host), c.tier) << c.what << ": " << ToString(TierOf(c.host));
    EXPECT_EQ(RunsUnasked(TierOf(c.host)), c.runs) << c.what;
  }
}

TEST(HostReportTest, AFullHostNeedsNoMending) {
  const HostReport report = ReportOn(FullHost());
  for (const HostLine& line : report.lines) {
    EXPECT_NE(line.state, HostLine::State::kMissing) << line.feature;
    EXPECT_EQ(line.mend, "") << line.feature;
    EXPECT_NE(line.effect, "") << line.feature;
  }
  EXPECT_EQ(LineOf(report, "landlock").found, "works, ABI 7");
  EXPECT_THAT(report.sentence, HasSubstr("in full"));
  EXPECT_THAT(NotEnforced(FullHost()), IsEmpty());
}

TEST(HostReportTest, EveryGapHasAMend) {
  struct Case {
    const char* what;
    HostFeatures host;
    const char* key;
    const char* found;
    const char* mend;
  };
  const HostFeatures full = FullHost();
  for (const Case& c : std::vector<Case>{
           {"busy", Listenerless(EBUSY), "new_listener", "busy (EBUSY)", "a tree has one listener"},
           {"old kernel", Listenerless(EINVAL), "new_listener", "not in this kernel (EINVAL)", "Linux 5.5"},
           {"container", InDocker(Listenerless(EPERM)), "new_listener", "refused (EPERM)", "--security-opt seccomp="},
           {"no Landlock", With(full, &HostFeatures::landlock, ENOSYS), "landlock", "not in this kernel (ENOSYS)",
            "CONFIG_SECURITY_LANDLOCK"},
           {"Landlock off", With(full, &HostFeatures::landlock, EOPNOTSUPP), "landlock", "switched off (EOPNOTSUPP)",
            "lsm="},
           {"Landlock filtered", InDocker(With(full, &HostFeatures::landlock, EPERM)), "landlock", "refused (EPERM)",
            "--security-opt seccomp="},
           {"Landlock toothless", With(full, &HostFeatures::landlock, EPROTO), "landlock",
            "accepted, but without effect (EPROTO)", "usher"},
           {"Yama 2", UnderYama(2), "ptrace_seize", "refused (EPERM)", "sysctl kernel.yama.ptrace_scope=1"},
           {"Yama 3", UnderYama(3), "process_vm_readv", "refused (EPERM)", "boot with kernel.yama.ptrace_scope=1"},
           {"Docker's own profile", InDocker(With(full, &HostFeatures::pidfd_getfd, EPERM)), "pidfd_getfd",
            "refused (EPERM)", "start the container with --cap-add SYS_PTRACE"},
           {"before pidfd_getfd", With(full, &HostFeatures::pidfd_getfd, ENOSYS), "pidfd_getfd",
            "not in this kernel (ENOSYS)", "boot Linux 5.6 or newer"},
           {"ptrace in a container", InDocker(With(full, &HostFeatures::ptrace_seize, EPERM)), "ptrace_seize",
            "refused (EPERM)", "--cap-add SYS_PTRACE"},
           {"inside another usher", With(Listenerless(EBUSY), &HostFeatures::trace_calls, EBUSY), "trace_calls",
            "busy (EBUSY)", "start usher outside of what already supervises"},
           {"no tracing in a container", InDocker(With(full, &HostFeatures::trace_calls, EPERM)), "trace_calls",
            "refused (EPERM)", "--cap-add SYS_PTRACE"},
           {"no wake-up", With(full, &HostFeatures::sync_wake_up, EINVAL), "sync_wake_up",
            "not in this kernel (EINVAL)", "Linux 6.6"},
           {"killed", With(full, &HostFeatures::openat2, Attempt::kKilled + 31), "openat2", "killed by signal 31",
            "filters this call"},
           {"hung", With(full, &HostFeatures::openat2, Attempt::kHung), "openat2", "no answer in time", "usher"},
       }) {
    const HostReport report = ReportOn(c.host);
    const HostLine& line = LineOf(report, c.key);
    EXPECT_EQ(line.state, HostLine::State::kMissing) << c.what;
    EXPECT_EQ(line.found, c.found) << c.what;
    EXPECT_THAT(line.mend, HasSubstr(c.mend)) << c.what;
  }
}

TEST(HostReportTest, WhatFollowsFromTheListenerIsSaidOnce) {
  const HostReport report = ReportOn(Listenerless(EBUSY));
  EXPECT_EQ(LineOf(report, "add_fd").mend, "");
  EXPECT_EQ(LineOf(report, "add_fd").effect, "needs the listener");
  EXPECT_THAT(
      NotEnforced(Listenerless(EBUSY)),
      ElementsAre(
          "seccomp listener busy (EBUSY): calls stop for a tracer instead: slower, and no debugger works inside"));
}

TEST(HostReportTest, NamesWhatIsNotEnforced) {
  EXPECT_THAT(NotEnforced(UnderYama(2)),
              ElementsAre(HasSubstr("pidfd_getfd refused (EPERM): "), HasSubstr("process_vm_readv refused (EPERM): "),
                          HasSubstr("ptrace of own children refused (EPERM): ")));
  // Nor is what nobody needs.
  EXPECT_THAT(NotEnforced(With(FullHost(), &HostFeatures::trace_calls, EPERM)), IsEmpty());
  // Slower is not weaker.
  EXPECT_THAT(NotEnforced(With(FullHost(), &HostFeatures::sync_wake_up, EINVAL)), IsEmpty());
}

}  // namespace
}  // namespace usher
