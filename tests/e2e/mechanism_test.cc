// How calls come to be held, on hosts that give less than all: which way is taken, and that it is said.

#include <gmock/gmock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "tests/support/box.h"
#include "tests/support/lesser_host.h"

namespace usher {
namespace {

using ::testing::HasSubstr;

constexpr int kCannot = 99;

class MechanismTest : public Box {
 protected:
  void SetUp() override {
    Box::SetUp();
    Write(home() + "/.ssh/id_ed25519", "the key");
  }

  // Usher as it is started by people: no mechanism is named.
  ProcessSpec Unasked(const Words& command) const {
    Words argv = {Binary("usher"), "run", "-q", "--"};
    argv.insert(argv.end(), command.begin(), command.end());
    return Spec(argv);
  }
  std::string Engine() const { return Predicate()["sandbox"]["engine"].dump(); }
};

TEST_F(MechanismTest, TheReceiptNamesIt) {
  ASSERT_EQ(Script("true").code, 0);
  EXPECT_THAT(Engine(), HasSubstr(Mechanism() == "ptrace" ? "ptrace" : "seccomp-notify"));
}

TEST_F(MechanismTest, WithoutAListenerCallsAreTracedAndThatIsSaid) {
  ProcessSpec spec = Unasked({"sh", "-c", "cat ~/.ssh/id_ed25519; echo mine > file; cat file; (cat file)"});
  spec.before_exec = BelowAListener;
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "mine\nmine\n");
  EXPECT_THAT(outcome.err, HasSubstr("usher: calls are traced, for there is no listener: "));
  EXPECT_THAT(outcome.err, HasSubstr("Device or resource busy"));
  EXPECT_THAT(Engine(), HasSubstr("ptrace"));
  EXPECT_TRUE(Mentions(Predicate()["sandbox"]["degraded"], "tracer"));
}

TEST_F(MechanismTest, StrictRefusesWhereThereIsNoListener) {
  ProcessSpec spec = Spec({Binary("usher"), "run", "--strict", "--", "touch", "it-ran"});
  spec.before_exec = BelowAListener;
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.code, 69);
  EXPECT_THAT(outcome.err, HasSubstr("seccomp listener busy (EBUSY)"));
  EXPECT_FALSE(Exists(work() + "/it-ran"));
}

TEST_F(MechanismTest, WithoutAListenerOneThatIsAskedForIsRefused) {
  ProcessSpec spec = Spec({Binary("usher"), "run", "--mechanism=notify", "--", "touch", "it-ran"});
  spec.before_exec = BelowAListener;
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.code, 69);
  EXPECT_FALSE(Exists(work() + "/it-ran"));
}

// What somebody else answers before it could stop for us must not run unjudged: it is refused, and that is said.
TEST_F(MechanismTest, WhatSomebodyElseAnswersFirstIsRefused) {
  Write(home() + "/kept", "kept");
  ProcessSpec spec = UsherSpec(
      {}, {"sh", "-c", "echo mine > file; cat file; rm -f ~/kept file; cat file ~/kept; mv file moved; cat moved"});
  spec.argv[2] = "--mechanism=ptrace";
  spec.before_exec = [] { BelowSomebodyWhoLetsGo(SYS_unlinkat); };
  const Outcome outcome = RunToEnd(spec);
  EXPECT_THAT(outcome.out, HasSubstr("mine\nmine\n")) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("Operation not permitted"));
  EXPECT_THAT(outcome.err, HasSubstr("somebody else's listener would answer first: unlinkat"));
  EXPECT_TRUE(Exists(home() + "/kept"));
  EXPECT_TRUE(Exists(work() + "/moved")) << outcome.err;
  EXPECT_TRUE(Mentions(Predicate()["sandbox"]["degraded"], "unlinkat"));
}

TEST_F(MechanismTest, WhatSomebodyElseKeepsWaitingIsRefused) {
  ProcessSpec spec = Unasked({"sh", "-c", "echo mine > file; cat file; mkfifo pipe"});
  spec.before_exec = [] { BelowAListenerFor(SYS_mknodat); };
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.out, "mine\n");
  EXPECT_THAT(outcome.err, HasSubstr("Operation not permitted"));
  EXPECT_TRUE(Mentions(Predicate()["sandbox"]["degraded"], "mknodat"));
}

TEST_F(MechanismTest, BelowSomebodyWhoAnswersEveryOpenItRefuses) {
  for (const long call : {SYS_openat, SYS_execve}) {
    ProcessSpec spec = Spec({Binary("usher"), "run", "--mechanism=ptrace", "--", "touch", "it-ran"});
    spec.before_exec = [call] { BelowSomebodyWhoLetsGo(call); };
    const Outcome outcome = RunToEnd(spec);
    EXPECT_EQ(outcome.code, 69) << call;
    EXPECT_THAT(outcome.err, HasSubstr("tracing of calls: busy (EBUSY)"));
    EXPECT_FALSE(Exists(work() + "/it-ran"));
  }
}

TEST_F(MechanismTest, InsideItselfItRefuses) {
  MakeDirectory(home() + "/.local/bin");
  std::filesystem::copy_file(Binary("usher"), home() + "/.local/bin/usher");
  environment["TMPDIR"] = temporary();
  const Outcome outcome = Script("USHER_STATE=$TMPDIR/state usher run -- touch it-ran; echo code $?");
  EXPECT_EQ(outcome.out, "code 69\n") << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("usher: this is inside a run of usher already (s-"));
  EXPECT_FALSE(Exists(work() + "/it-ran"));
}

TEST_F(MechanismTest, WithoutPtraceAndWithoutListenerItRefuses) {
  ProcessSpec spec = Unasked({"touch", "it-ran"});
  spec.before_exec = [] {
    BelowAListener();
    Filter(SYS_ptrace, SECCOMP_RET_ERRNO | EPERM, 0);
  };
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.code, 69);
  EXPECT_THAT(outcome.err, HasSubstr("tracing of calls: refused (EPERM)"));
  EXPECT_FALSE(Exists(work() + "/it-ran"));
}

// A traced sandbox is handed its descriptors by way of pidfd_getfd, and refuses without.
TEST_F(MechanismTest, BelowAContainersFilterItRunsAsEver) {
  ProcessSpec spec = UsherSpec({"-q"}, {"sh", "-c", "cat ~/.ssh/id_ed25519; echo mine > file; cat file; (cat file)"});
  spec.before_exec = BelowAContainersFilter;
  const Outcome outcome = RunToEnd(spec);
  if (Mechanism() == "ptrace") {
    EXPECT_EQ(outcome.code, 69);
    EXPECT_THAT(outcome.err, HasSubstr("pidfd_getfd: refused (EPERM)"));
    return;
  }
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "mine\nmine\n");
  EXPECT_THAT(outcome.err, HasSubstr("id_ed25519: No such file"));
}

// Processes of others are not even to be seen in /proc.
TEST_F(MechanismTest, WhereProcHidesOthersItRunsAsEver) {
  SKIP_UNLESS_ROOT();
  ProcessSpec spec = UsherSpec({"-q"}, {"sh", "-c", "cat ~/.ssh/id_ed25519; echo mine > file; cat file; (cat file)"});
  spec.user = 0;
  spec.before_exec = [this] {
    if (!WhereProcHidesOthers()) _exit(kCannot);
    BecomeUser(user());
  };
  const Outcome outcome = RunToEnd(spec);
  if (outcome.code == kCannot) GTEST_SKIP() << "this host does not let /proc be mounted with hidepid=2";
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "mine\nmine\n");
}

// In a namespace of users where no further one may be made: whoever lies below has none to make.
TEST_F(MechanismTest, WithoutUserNamespacesItRunsAsEver) {
  ProcessSpec spec = UsherSpec({"-q"}, {"sh", "-c", "cat ~/.ssh/id_ed25519; echo mine > file; cat file; (cat file)"});
  spec.before_exec = [] {
    if (!WithoutUserNamespaces()) _exit(kCannot);
  };
  const Outcome outcome = RunToEnd(spec);
  if (outcome.code == kCannot) GTEST_SKIP() << "this host lets nobody switch user namespaces off below himself";
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "mine\nmine\n");
  EXPECT_THAT(outcome.err, HasSubstr("id_ed25519: No such file"));
}

TEST_F(MechanismTest, TracedWithoutPidfdGetfdItRefuses) {
  ProcessSpec spec = Spec({Binary("usher"), "run", "--mechanism=ptrace", "--", "touch", "it-ran"});
  spec.before_exec = [] { Filter(SYS_pidfd_getfd, SECCOMP_RET_ERRNO | EPERM, 0); };
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.code, 69);
  EXPECT_THAT(outcome.err, HasSubstr("pidfd_getfd: refused (EPERM)"));
  EXPECT_FALSE(Exists(work() + "/it-ran"));
}

// Nobody is left who would let anything go on (ptrace(2), PTRACE_O_EXITKILL); with a listener the keeper sees to it.
TEST_F(MechanismTest, WhoeverIsHeldDiesWithUsher) {
  ChildProcess child(
      UsherSpec({"-q"}, {"sh", "-c", "(setsid sleep 1000 &) ; echo there; while :; do echo x > file; done"}));
  ASSERT_TRUE(child.WaitForOutput("there"));
  kill(child.pid(), SIGKILL);
  child.Wait();
}

TEST_F(MechanismTest, ManyProgramsThreadsAndSignalsAtOnce) {
  const Outcome outcome = Script(
      "for i in 1 2 3 4 5 6; do (for j in 1 2 3 4 5; do echo $i$j > f$i; cat f$i > g$i; done) & done; wait; "
      "cat g1 g2 g3 g4 g5 g6 | tr '\\n' ' '; trap 'echo got' USR1; kill -USR1 $$; "
      "sleep 30 & kill $!; wait $! 2>/dev/null; echo $?");
  EXPECT_EQ(outcome.out, "15 25 35 45 55 65 got\n143\n") << outcome.err;
}

}  // namespace
}  // namespace usher
