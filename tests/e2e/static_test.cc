// A run in which no call is held (--mechanism=static): ordinary work goes on inside, and what is out of bounds stays
// so, by Landlock and a fixed filter alone. The attacks of tests/escapes are tried in it as well.

#include <gmock/gmock.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/box.h"

namespace usher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StaticTest : public Box {
 protected:
  void SetUp() override {
    if (Mechanism() == "notify" || Mechanism() == "ptrace") GTEST_SKIP() << "no call is held here";
    const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    signals_are_bounded_ = abi >= 6;
    if (abi <= 0) {
      GTEST_SKIP() << "this host has no Landlock, and so no such runs";
    }
    Box::SetUp();
    Write(home() + "/.ssh/id_ed25519", "the key");
    Write(home() + "/notes", "mine");
  }
  Outcome Static(const std::string& script) const {
    return RunToEnd(
        Spec({Binary("usher"), "run", "-q", "--mechanism=static", "--allow-degraded", "--", "sh", "-c", script}));
  }

  bool signals_are_bounded_ = false;
};

// At the top of a repository nothing new can be made, for .git is in it.
TEST_F(StaticTest, OrdinaryWorkGoesOn) {
  MakeDirectory(work() + "/src");
  const Outcome outcome = Static(
      "cd src; mkdir -p a/b; echo one > a/f; cat a/f; mv a/f a/b/g; cat a/b/g; ln -s b/g a/l; cat a/l; rm -r a; ls; "
      "echo t > $TMPDIR/t; cat $TMPDIR/t; python3 -c 'print(sum(range(5)))' | cat; "
      "echo gone > /dev/null");
  EXPECT_EQ(outcome.out, "one\none\none\nt\n10\n") << outcome.err;
}

// Before Landlock's ABI 6 nothing keeps a signal inside, so none may be sent.
TEST_F(StaticTest, SignalsAreSentWhereTheyStayInside) {
  const Outcome outcome = Static("sleep 60 & kill $! || { echo refused; exit; }; wait $!; echo $?");
  EXPECT_EQ(outcome.out, signals_are_bounded_ ? "143\n" : "refused\n") << outcome.err;
}

TEST_F(StaticTest, TheExitCodeIsTheCommands) {
  EXPECT_EQ(Static("exit 7").code, 7);
  EXPECT_EQ(Static("kill -TERM $$").code, signals_are_bounded_ ? 143 : 1);
}

TEST_F(StaticTest, WhatIsOutOfBoundsStaysSo) {
  const Outcome outcome = Static(
      "cat ~/.ssh/id_ed25519; cat ~/notes; echo x > ~/made; echo x > ~/notes; rm -f ~/notes; mv ~/notes here; "
      "ln ~/notes link; echo > /tmp/made-by-a-test; truncate -s 0 /etc/hostname; cat /proc/1/environ; kill -9 1; "
      "chmod 777 ~/notes; touch ~/notes; echo end");
  EXPECT_EQ(outcome.out, "end\n");
  EXPECT_EQ(Read(home() + "/notes"), "mine");
  EXPECT_FALSE(Exists(home() + "/made"));
  EXPECT_FALSE(Exists(work() + "/here"));
  EXPECT_FALSE(Exists(work() + "/link"));
  EXPECT_FALSE(Exists("/tmp/made-by-a-test"));
}

TEST_F(StaticTest, WhatRunsLaterIsShutWhereItWas) {
  Write(work() + "/.git/hooks/pre-commit.sample", "");
  Write(work() + "/.git/config", "[core]\n");
  Write(work() + "/src/a", "a\n");
  const Outcome outcome = Static(
      "echo evil > .git/hooks/pre-commit; echo evil >> .git/config; mv .git old; mkdir .github; "
      "echo b >> src/a; echo c > src/c; cat src/a src/c");
  EXPECT_EQ(outcome.out, "a\nb\nc\n") << outcome.err;
  EXPECT_FALSE(Exists(work() + "/.git/hooks/pre-commit"));
  EXPECT_EQ(Read(work() + "/.git/config"), "[core]\n");
  EXPECT_FALSE(Exists(work() + "/.github"));
  EXPECT_TRUE(Mentions(Predicate()["sandbox"]["degraded"], "files that run later"));
}

TEST_F(StaticTest, NoNetworkAndNoSocketOfOthers) {
  const std::string connects =
      "import socket,sys\n"
      "for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):\n"
      "  try: socket.socket(family); print('made')\n"
      "  except OSError as error: print(error.errno)\n"
      "a, b = socket.socketpair(); a.send(b'pair'); print(b.recv(9).decode())\n";
  Write(work() + "/connects.py", connects);
  EXPECT_EQ(Native({"/usr/bin/python3", "connects.py"}).out, "made\nmade\nmade\npair\n");
  EXPECT_EQ(Static("/usr/bin/python3 connects.py").out, "97\n97\n97\npair\n");
}

TEST_F(StaticTest, EnvironmentSessionAndEnd) {
  environment["GITHUB_TOKEN"] = "secret";
  const Outcome outcome = Static("echo ${GITHUB_TOKEN:-absent}; setsid sleep 1000 & (sleep 1000 &) ; echo there");
  EXPECT_EQ(outcome.out, "absent\nthere\n");
  EXPECT_EQ(ProcessesLeft(), Words());
}

TEST_F(StaticTest, ItIsSaidAndWritten) {
  const Outcome outcome = Static("true");
  EXPECT_THAT(outcome.err, HasSubstr("fixed limits only (--allow-degraded)"));
  const Json sandbox = Predicate()["sandbox"];
  EXPECT_EQ(sandbox["tier"], "static");
  EXPECT_THAT(sandbox["engine"].get<std::string>(), HasSubstr("fixed seccomp filter + Landlock ABI "));
  EXPECT_TRUE(Mentions(sandbox["degraded"], "no call was held"));
  EXPECT_FALSE(sandbox["unobserved"].empty());
  EXPECT_EQ(Predicate()["attention"]["items"][0]["why"], "nobody watched this run, and nobody was asked");
  EXPECT_THAT(Read(run_directory() + "/receipt.md"), HasSubstr("nobody watched this run"));
  EXPECT_EQ(Native({Binary("usher"), "receipt", "verify"}).code, 0);
}

}  // namespace
}  // namespace usher
