// Hosts that give less than all, one lack at a time: doctor finds it and says how to mend it, the run takes the tier
// that doctor names and says what it lacks, and --strict refuses.

#include <gmock/gmock.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <functional>
#include <vector>

#include "supervisor/kernel/uapi.h"
#include "tests/support/box.h"
#include "tests/support/lesser_host.h"

namespace usher {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

struct LesserHost {
  const char* name;
  std::function<void()> make;
  const char* tier;
  std::vector<const char*> lacking;  // keys of doctor's lines
  const char* mend;                  // in each of them that has one; by what the host looks like: a regular expression
  const char* said;                  // in the receipt
};

std::vector<LesserHost> LesserHosts() {
  const char* kFiltered = "start usher outside of the sandbox or service that filters this call|--cap-add SYS_PTRACE";
  const char* kListener = "a tree has one listener";
  return {
      {"no pidfd_getfd", [] { Refuse({SYS_pidfd_getfd}, EPERM); }, "full", {"pidfd_getfd"}, kFiltered, "pidfd_getfd"},
      {"no ptrace",
       [] { Refuse({SYS_ptrace}, EPERM); },
       "no-exec-stop",
       {"ptrace_seize", "trace_calls"},
       kFiltered,
       "ptrace of own children"},
      {"no Landlock", WithoutLandlock, "no-floor", {"landlock"}, "CONFIG_SECURITY_LANDLOCK", "Landlock"},
      {"Landlock not named at boot",
       [] { Refuse({SYS_landlock_create_ruleset}, EOPNOTSUPP); },
       "no-floor",
       {"landlock"},
       "lsm=",
       "Landlock"},
      {"a listener further up",
       BelowAListener,
       "ptrace",
       {"new_listener", "wait_killable", "add_fd", "add_fd_send", "sync_wake_up"},
       kListener,
       "seccomp listener busy (EBUSY)"},
      {"no killable wait",
       [] { FilterBits(SYS_seccomp, 1, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, SECCOMP_RET_ERRNO | EINVAL); },
       "full",
       {"wait_killable"},
       "Linux 5.19",
       "killable wait"},
      {"Linux 5.8, which has a listener but cannot hand descriptors over",
       [] { FilterValue(SYS_ioctl, 1, static_cast<uint32_t>(SECCOMP_IOCTL_NOTIF_ADDFD), SECCOMP_RET_ERRNO | EINVAL); },
       "ptrace",
       {"add_fd", "add_fd_send"},
       "Linux 5.9|Linux 5.14",
       "calls stop for a tracer"},
      {"nobody looks inside",
       WhereNobodyLooksInside,
       "static",
       {"pidfd_getfd", "process_vm_readv", "ptrace_seize", "trace_calls"},
       kFiltered,
       "process_vm_readv refused (EPERM)"},
      {"a listener further up, and no ptrace",
       [] {
         BelowAListener();
         Refuse({SYS_ptrace}, EPERM);
       },
       "static",
       {"new_listener", "wait_killable", "add_fd", "add_fd_send", "sync_wake_up", "ptrace_seize", "trace_calls"},
       "start usher outside of|--cap-add SYS_PTRACE",
       "tracing of calls refused (EPERM)"},
  };
}

class TierTest : public Box {
 protected:
  void SetUp() override {
    if (!Mechanism().empty() && Mechanism() != "notify") GTEST_SKIP() << "the tier is chosen here";
    Box::SetUp();
    if (const std::string tier = Doctor(nullptr)["tier"]; tier != "full") {
      GTEST_SKIP() << "this host gives less than all itself: " << tier;
    }
  }
  Json Doctor(const std::function<void()>& make) const {
    ProcessSpec spec = Spec({Binary("usher"), "doctor", "--json"});
    spec.before_exec = make;
    return Json::parse(RunToEnd(spec).out);
  }
  Outcome Run(const std::function<void()>& make, const Words& options, const Words& command) const {
    Words argv = {Binary("usher"), "run"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back("--");
    argv.insert(argv.end(), command.begin(), command.end());
    ProcessSpec spec = Spec(argv);
    spec.before_exec = make;
    return RunToEnd(spec);
  }
  std::string Tier() const { return Predicate()["sandbox"]["tier"]; }
};

TEST_F(TierTest, DoctorFindsWhatLacksAndNothingElse) {
  for (const LesserHost& host : LesserHosts()) {
    SCOPED_TRACE(host.name);
    const Json report = Doctor(host.make);
    EXPECT_EQ(report["tier"], host.tier);
    EXPECT_EQ(report["runs"], host.tier != std::string("static"));
    Words lacking;
    for (const Json& feature : report["features"]) {
      if (!feature.contains("works") || feature["works"]) continue;
      lacking.push_back(feature["key"]);
      if (feature.contains("mend")) {
        EXPECT_THAT(feature["mend"].get<std::string>(), ContainsRegex(host.mend)) << feature;
      } else {
        EXPECT_EQ(feature["effect"], "needs the listener") << feature;
      }
    }
    EXPECT_THAT(lacking, ::testing::UnorderedElementsAreArray(host.lacking.begin(), host.lacking.end()));
  }
}

TEST_F(TierTest, TheRunTakesTheTierThatDoctorNamesAndSaysWhatLacks) {
  ASSERT_EQ(Run(nullptr, {"--strict"}, {"true"}).code, 0) << "the twin: nothing lacks";
  EXPECT_EQ(Tier(), "full");
  EXPECT_TRUE(Predicate()["sandbox"]["degraded"].empty());
  for (const LesserHost& host : LesserHosts()) {
    SCOPED_TRACE(host.name);
    const Outcome outcome =
        Run(host.make, {"--allow-degraded"}, {"sh", "-c", "echo here > $TMPDIR/file; cat $TMPDIR/file"});
    EXPECT_EQ(outcome.out, "here\n") << outcome.err;
    EXPECT_EQ(Tier(), host.tier);
    EXPECT_TRUE(Mentions(Predicate()["sandbox"]["degraded"], host.said)) << Predicate()["sandbox"];
    EXPECT_THAT(outcome.err, HasSubstr(host.said)) << "aloud as well";
    EXPECT_EQ(Events()[0]["tier"], host.tier);
    EXPECT_EQ(Events()[0]["degraded"], Predicate()["sandbox"]["degraded"]);
  }
}

TEST_F(TierTest, StrictRefusesEachOfThem) {
  for (const LesserHost& host : LesserHosts()) {
    SCOPED_TRACE(host.name);
    const Outcome outcome = Run(host.make, {"--strict"}, {"touch", "it-ran"});
    EXPECT_EQ(outcome.code, 69);
    EXPECT_THAT(outcome.err, HasSubstr("usher: "));
    EXPECT_FALSE(Exists(work() + "/it-ran"));
  }
  EXPECT_EQ(ProcessesLeft(), Words());
}

TEST_F(TierTest, TheWeakestIsNotTakenUnasked) {
  for (const LesserHost& host : LesserHosts()) {
    if (host.tier != std::string("static")) continue;
    SCOPED_TRACE(host.name);
    const Outcome outcome = Run(host.make, {}, {"touch", "it-ran"});
    EXPECT_EQ(outcome.code, 69);
    EXPECT_THAT(outcome.err, HasSubstr("no call can be judged here"));
    EXPECT_THAT(outcome.err, ContainsRegex(host.mend));
    EXPECT_THAT(outcome.err, HasSubstr("--allow-degraded"));
    EXPECT_FALSE(Exists(work() + "/it-ran"));
  }
  EXPECT_EQ(ProcessesLeft(), Words());
}

TEST_F(TierTest, WithoutLandlockThereIsNoWeakestTier) {
  const auto nothing = [] {
    WithoutLandlock();
    WhereNobodyLooksInside();
  };
  EXPECT_EQ(Doctor(nothing)["tier"], "nothing");
  const Outcome outcome = Run(nothing, {"--allow-degraded"}, {"touch", "it-ran"});
  EXPECT_EQ(outcome.code, 69);
  EXPECT_THAT(outcome.err, HasSubstr("Landlock not in this kernel (ENOSYS)"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("or accept")));
  EXPECT_FALSE(Exists(work() + "/it-ran"));
}

// Some calls every start needs.
TEST_F(TierTest, NothingStartsWithoutThese) {
  const struct {
    const char* key;
    std::function<void()> make;
    const char* mend;
  } hosts[] = {
      {"openat2", [] { Refuse({SYS_openat2}, ENOSYS); }, "boot Linux 5.6 or newer"},
      {"pidfd_open", [] { Refuse({SYS_pidfd_open}, ENOSYS); }, "boot Linux 5.3 or newer"},
      {"close_range_unshare", [] { Refuse({SYS_close_range}, ENOSYS); }, "boot Linux 5.9 or newer"},
      {"seccomp_filter", [] { FilterValue(SYS_seccomp, 0, SECCOMP_SET_MODE_FILTER, SECCOMP_RET_ERRNO | EINVAL); },
       "boot a kernel that has it"},
  };
  for (const auto& host : hosts) {
    SCOPED_TRACE(host.key);
    const Json report = Doctor(host.make);
    EXPECT_EQ(report["tier"], "nothing");
    for (const Json& feature : report["features"]) {
      if (feature["key"] == host.key) {
        EXPECT_EQ(feature["mend"], host.mend);
      }
    }
    const Outcome outcome = Run(host.make, {"--allow-degraded"}, {"touch", "it-ran"});
    EXPECT_TRUE(outcome.code == 69 || outcome.code == 125) << outcome.code << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("usher: "));
    EXPECT_FALSE(Exists(work() + "/it-ran"));
  }
  EXPECT_EQ(ProcessesLeft(), Words());
}

TEST_F(TierTest, WhatOnlyCostsTimeIsNoLack) {
  const auto slower = [] {
    FilterValue(SYS_ioctl, 1, static_cast<uint32_t>(SECCOMP_IOCTL_NOTIF_SET_FLAGS), SECCOMP_RET_ERRNO | EINVAL);
  };
  EXPECT_EQ(Doctor(slower)["tier"], "full");
  EXPECT_EQ(Run(slower, {"--strict"}, {"true"}).code, 0);
}

TEST_F(TierTest, WhatCannotBeHadTogetherIsRefused) {
  EXPECT_EQ(Run(nullptr, {"--strict", "--allow-degraded"}, {"touch", "it-ran"}).code, 125);
  EXPECT_EQ(Run(nullptr, {"--mechanism=static"}, {"touch", "it-ran"}).code, 125);
  const Outcome outcome =
      Run(nullptr, {"--mechanism=static", "--allow-degraded", "--fail-on=deny"}, {"touch", "it-ran"});
  EXPECT_EQ(outcome.code, 69) << "nobody would know of a denial";
  EXPECT_FALSE(Exists(work() + "/it-ran"));
  EXPECT_EQ(ProcessesLeft(), Words());
}

}  // namespace
}  // namespace usher
