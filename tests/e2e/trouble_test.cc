// Bad input and bad luck: a clear message, the documented exit code, no process left, no half-written line in the log.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/box.h"

namespace usher {
namespace {

using ::testing::Test;

class TroubleTest : public Box {
 protected:
  Outcome WithPolicy(const std::string& text, const Words& command = {"echo", "ran"}) {
    Write(root() + "/policy.toml", text);
    return Usher({"-q", "--policy", root() + "/policy.toml"}, command);
  }
};

TEST_F(TroubleTest, PolicyThatCannotBeUnderstood) {
  EXPECT_EQ(WithPolicy("version = 1\n").out, "ran\n");
  const struct {
    const char* text;
    const char* place;
  } cases[] = {
      {"version = 1\n[files]\nread.alow = [\"/x\"]\n", ":3:"},
      {"version = 1\n[files]\nread.allow = 5\n", ":3:"},
      {"version = 1\n[files]\nread.allow = [\"/x\", 7]\n", ":3:"},
      {"version = 1\n[files\n", ":2:"},
      {"version = 99\n", ":1:"},
      {"version = \"one\"\n", ":1:"},
      {"version = 1\n[nework]\nallow = []\n", ":2:"},
      {"version = 1\n[network]\nallow = [\"not a host!\"]\n", ":3:"},
      {"version = 1\n[prompt]\nhold = \"soon\"\n", ":3:"},
      {"version = 1\n\"\xff\xfe\" = 1\n", ":2:"},
  };
  for (const auto& c : cases) {
    const Outcome outcome = WithPolicy(c.text);
    EXPECT_EQ(outcome.code, 78) << c.text << outcome.err;
    EXPECT_EQ(outcome.out, "") << c.text;
    EXPECT_NE(outcome.err.find(root() + "/policy.toml" + c.place), std::string::npos) << c.text << outcome.err;
  }
}

TEST_F(TroubleTest, PolicyThatCannotBeRead) {
  const Outcome missing = Usher({"-q", "--policy", root() + "/missing.toml"}, {"echo", "ran"});
  EXPECT_EQ(missing.code, 78);
  EXPECT_NE(missing.err.find("missing.toml"), std::string::npos) << missing.err;
  EXPECT_EQ(Usher({"-q", "--policy", root()}, {"echo", "ran"}).code, 78);
  if (!as_root()) {
    Write(root() + "/policy.toml", "version = 1\n", 0000);
    EXPECT_EQ(Usher({"-q", "--policy", root() + "/policy.toml"}, {"echo", "ran"}).code, 78);
  }
  Write(home() + "/.config/usher/policy.toml", "version = 1\n[oops]\n");
  EXPECT_EQ(Boxed({"echo", "ran"}).code, 78) << "a person's own policy that is broken is not passed over";
  unlink((home() + "/.config/usher/policy.toml").c_str());
  Write(work() + "/.usher.toml", "nonsense");
  EXPECT_EQ(Boxed({"echo", "ran"}).code, 78);
}

TEST_F(TroubleTest, WrongOptionsSaySo) {
  for (const Words& words : {Words{"run"}, Words{"run", "--no-such-option", "--", "true"}, Words{"nothing-like-this"},
                             Words{"run", "--workspace", "/no/such/place", "--", "true"}, Words{}}) {
    Words command = {Binary("usher")};
    command.insert(command.end(), words.begin(), words.end());
    const Outcome outcome = Native(command);
    EXPECT_EQ(outcome.code, 125) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err + outcome.out, "");
  }
  for (const auto& [option, words] :
       {std::pair("--mechanism=hope", "notify, ptrace, static"), std::pair("--gate=wide", "system, workspace"),
        std::pair("--fail-on=x", "never, ask, deny")}) {
    const Outcome outcome = Usher({option}, {"true"});
    EXPECT_EQ(outcome.code, 125) << option;
    EXPECT_THAT(outcome.err, ::testing::HasSubstr(words));
  }
}

TEST_F(TroubleTest, LogThatCannotBeWritten) {
  Write(home() + "/file", "");
  environment["USHER_STATE"] = home() + "/file/state";
  const Outcome outcome = Boxed({"sh", "-c", "echo ran"});
  EXPECT_EQ(outcome.code, 125);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("USHER_STATE"), std::string::npos) << outcome.err;
  environment["USHER_STATE"] = "not/absolute";
  EXPECT_EQ(Boxed({"echo", "ran"}).code, 125);
  environment["USHER_STATE"] = home() + "/good";
  EXPECT_EQ(Boxed({"echo", "ran"}).out, "ran\n");
}

// What the log cannot hold is not done.
TEST_F(TroubleTest, FullDiskAsRoot) {
  SKIP_UNLESS_ROOT();
  const std::string state = root() + "/state";
  MakeDirectory(state);
  if (mount("none", state.c_str(), "tmpfs", 0, "size=64k,mode=0777") < 0)
    GTEST_SKIP() << "root may not mount a tmpfs here";
  environment["USHER_STATE"] = state;
  const Outcome outcome = Script("for i in $(seq 600); do echo $i > f$i || { echo stopped; break; }; done; exit 5");
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_EQ(outcome.out, "stopped\n");
  EXPECT_NE(outcome.err.find("log"), std::string::npos) << outcome.err;
  std::string log;
  const Outcome found = Native({"sh", "-c", "cat " + state + "/runs/*/events.jsonl"});
  umount2(state.c_str(), MNT_DETACH);
  ASSERT_FALSE(found.out.empty());
  EXPECT_EQ(found.out.back(), '\n') << "half a line";
}

TEST_F(TroubleTest, FileSizeLimitStandsForAFullDisk) {
  ProcessSpec spec = UsherSpec(
      {"-q"}, {"sh", "-c", "for i in $(seq 200); do echo $i > f$i || { echo stopped; break; }; done; exit 5"});
  spec.before_exec = [] {
    const rlimit limit{20000, 20000};
    setrlimit(RLIMIT_FSIZE, &limit);
  };
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_EQ(outcome.out, "stopped\n");
  const std::string log = Read(run_directory() + "/events.jsonl");
  ASSERT_FALSE(log.empty());
  EXPECT_EQ(log.back(), '\n') << "half a line";
  Events();  // verifies the chain
}

class SignalTest : public TroubleTest, public ::testing::WithParamInterface<int> {
 protected:
  // dash forgets a SIGINT that comes between its fork and the child's exec, in the sandbox as outside: no signal before
  // everybody is where the test means him to be.
  bool WaitForSleepers(int wanted) const {
    for (int i = 0; i < 2000; ++i, usleep(5000)) {
      int asleep = 0;
      for (const std::string& process : ProcessesLeft())
        asleep += process.substr(process.find(' ')) == " sleep 1000 " ? 1 : 0;
      if (asleep == wanted) return true;
    }
    return false;
  }
};

TEST_P(SignalTest, EndsEverything) {
  ChildProcess usher(
      UsherSpec({"-q"}, {"sh", "-c", "sleep 1000 & (setsid sleep 1000 &) ; echo started; echo x > f; sleep 1000"}));
  ASSERT_TRUE(usher.WaitForOutput("started\n"));
  ASSERT_TRUE(WaitForSleepers(3));
  usher.Signal(GetParam());
  const Outcome outcome = usher.Wait();
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.code, 128 + GetParam());
  Events();  // the chain holds to its last line
  const std::string log = Read(run_directory() + "/events.jsonl");
  ASSERT_FALSE(log.empty());
  EXPECT_EQ(log.back(), '\n');
  if (GetParam() == SIGKILL) return;  // nobody was left to write a receipt
  EXPECT_EQ(Predicate()["run"]["ended_by"], "SIG" + std::string(sigabbrev_np(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(Signals, SignalTest, ::testing::Values(SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGKILL),
                         [](const auto& test) { return sigabbrev_np(test.param); });

TEST_F(TroubleTest, ADeafCommandIsEndedAllTheSame) {
  ChildProcess usher(UsherSpec({"-q"}, {"sh", "-c", "trap '' TERM; echo started; while :; do sleep 1; done"}));
  ASSERT_TRUE(usher.WaitForOutput("started\n"));
  usher.Signal(SIGTERM);
  const Outcome outcome = usher.Wait();
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_GE(outcome.code, 128);
}

TEST_F(TroubleTest, ACommandThatHandlesItsSignalKeepsItsCode) {
  ChildProcess usher(UsherSpec({"-q"}, {"sh", "-c", "trap 'exit 9' TERM; echo started; while :; do sleep 0.1; done"}));
  ASSERT_TRUE(usher.WaitForOutput("started\n"));
  usher.Signal(SIGTERM);
  EXPECT_EQ(usher.Wait().code, 9);
}

TEST_F(TroubleTest, WorkspaceThatIsGone) {
  const Outcome outcome = NativeScript("mkdir gone; cd gone; rmdir ../gone; '" + Binary("usher") + "' run -- true");
  EXPECT_EQ(outcome.code, 125);
  EXPECT_NE(outcome.err.find("directory"), std::string::npos) << outcome.err;
}

TEST_F(TroubleTest, TemporaryDirectoryThatCannotBeMade) {
  environment["TMPDIR"] = "/proc";
  const Outcome outcome = Boxed({"echo", "ran"});
  EXPECT_EQ(outcome.code, 125);
  EXPECT_NE(outcome.err.find("TMPDIR"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace usher
