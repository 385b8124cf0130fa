// Questions and answers: how long a yes holds, who shares it, and that everything which is not a yes is a no.

#include <signal.h>

#include "tests/support/box.h"

namespace usher {
namespace {

class ApproverTest : public Box {
 protected:
  void SetUp() override {
    Box::SetUp();
    Write(home() + "/notes.txt", "notes");
    Write(home() + "/other.txt", "other");
  }
  Outcome Ask(const Words& rules, const std::string& script) const {
    return Usher(Approver(rules), {"sh", "-c", script});
  }
};

TEST_F(ApproverTest, OnceIsOnce) {
  EXPECT_EQ(Ask({"* *notes.txt once"}, "cat ~/notes.txt; cat ~/notes.txt").out, "notesnotes");
  EXPECT_EQ(Requests(), 2u);
}

TEST_F(ApproverTest, SessionHoldsForTheRunAndNoLonger) {
  EXPECT_EQ(Ask({"* *notes.txt session"}, "cat ~/notes.txt; cat ~/notes.txt; cat ~/other.txt").out, "notesnotes");
  EXPECT_EQ(Requests(), 2u);  // notes and other
  EXPECT_EQ(Ask({}, "cat ~/notes.txt").out, "");
  EXPECT_EQ(Requests(), 3u);
}

TEST_F(ApproverTest, ProjectHoldsForTheNextRunToo) {
  EXPECT_EQ(Ask({"* *notes.txt project"}, "cat ~/notes.txt").out, "notes");
  EXPECT_EQ(Requests(), 1u);
  EXPECT_EQ(Ask({}, "cat ~/notes.txt; cat ~/other.txt").out, "notes");
  EXPECT_EQ(Requests(), 2u);  // only the other
  EXPECT_EQ(Script("cat ~/notes.txt").out, "notes") << "with nobody there at all";
}

TEST_F(ApproverTest, ProjectIsForThisProject) {
  EXPECT_EQ(Ask({"* *notes.txt project"}, "cat ~/notes.txt").out, "notes");
  MakeDirectory(root() + "/elsewhere/.git");
  ProcessSpec spec = UsherSpec({"-q"}, {"cat", home() + "/notes.txt"});
  EXPECT_EQ(RunToEnd(spec).out, "notes");
  spec.directory = root() + "/elsewhere";
  EXPECT_EQ(RunToEnd(spec).out, "");
}

TEST_F(ApproverTest, DenyForTheSessionIsNotAskedAgain) {
  EXPECT_EQ(Ask({"* * deny-session"}, "cat ~/notes.txt; cat ~/notes.txt").out, "");
  EXPECT_EQ(Requests(), 1u);
  EXPECT_EQ(Ask({"* * deny"}, "cat ~/notes.txt; cat ~/notes.txt").out, "");
  EXPECT_EQ(Requests(), 3u);
}

TEST_F(ApproverTest, AWiderStepOfTheLadderCoversItsSiblings) {
  Write(home() + "/app/a", "a");
  Write(home() + "/app/b", "b");
  EXPECT_EQ(Ask({"* */app/* session 1"}, "cat ~/app/a ~/app/b").out, "ab");
  EXPECT_EQ(Requests(), 1u);
  EXPECT_EQ(Ask({"* */app/* session 0"}, "cat ~/app/a ~/app/b").out, "ab");
  EXPECT_EQ(Requests(), 3u);
}

TEST_F(ApproverTest, EqualQuestionsAreOne) {
  Call({"descriptors"});
  const std::string program = home() + "/.local/bin/sandboxee parallel-open 20 " + home() + "/notes.txt";
  EXPECT_EQ(Ask({"* *notes.txt slow-once"}, program).out, "20 ok\n");
  EXPECT_EQ(Requests(), 1u);
  EXPECT_EQ(Ask({"* *notes.txt slow-deny"}, program).out, "20 EACCES\n");
  EXPECT_EQ(Requests(), 2u);
}

TEST_F(ApproverTest, WhatIsNotAYesIsANo) {
  for (const char* rule : {"* * die", "start-dead", "* * wrong-digest", "* * no-such-option", "* * deny"}) {
    const Outcome outcome = Ask({rule}, "cat ~/notes.txt");
    EXPECT_EQ(outcome.out, "") << rule;
    EXPECT_EQ(outcome.code, 1) << rule;
    EXPECT_FALSE(outcome.timed_out) << rule;
  }
  EXPECT_EQ(Ask({"* * once"}, "cat ~/notes.txt").out, "notes");
}

TEST_F(ApproverTest, AnApproverThatIsNotThere) {
  const Outcome outcome = Usher({"-q", "--approver", root() + "/nobody"}, {"echo", "ran"});
  EXPECT_EQ(outcome.out, "") << "nothing is begun that nobody answers for";
  EXPECT_EQ(outcome.code, 125);
  EXPECT_NE(outcome.err.find("name one that exists"), std::string::npos) << outcome.err;
}

TEST_F(ApproverTest, StopEndsTheCommand) {
  const Outcome outcome = Ask({"* * stop"}, "cat ~/notes.txt; echo went on; sleep 100");
  EXPECT_EQ(outcome.out.find("notes"), std::string::npos);
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_NE(outcome.code, 0);
}

TEST_F(ApproverTest, ACallerThatDiesTakesItsQuestionAlong) {
  const Outcome outcome = Ask({"* *notes.txt silent", "* *other.txt once"},
                              "cat ~/notes.txt & sleep 0.3; kill -KILL $!; wait; cat ~/other.txt; sleep 0.3");
  EXPECT_EQ(outcome.out, "other");
  bool withdrawn = false;
  for (const Json& frame : Frames("resolved")) withdrawn |= frame.value("action", "") == "withdrawn";
  EXPECT_TRUE(withdrawn);
}

TEST_F(ApproverTest, OthersGoOnWhileOneWaits) {
  const Outcome outcome = Ask({"* *notes.txt silent"},
                              "cat ~/notes.txt & p=$!; for i in 1 2 3; do cat /etc/hostname "
                              ">/dev/null && echo $i; done; kill -KILL $p");
  EXPECT_EQ(outcome.out, "1\n2\n3\n");
}

// What people send to end something is heard while a question is open; a timer is not, or it would take the question
// away.
TEST_F(ApproverTest, ASignalIsHandledWhileAQuestionIsOpen) {
  Write(work() + "/wait.py",
        "import signal, sys\n"
        "def heard(*_): print('heard', flush=True); sys.exit(3)\n"
        "signal.signal(signal.SIGTERM, heard); signal.signal(signal.SIGALRM, heard)\n"
        "if sys.argv[1] == 'timer': signal.setitimer(signal.ITIMER_REAL, 0.1)\n"
        "open('about-to-ask', 'w').close()\n"
        "print(open(sys.argv[2]).read(), flush=True)\n");
  EXPECT_EQ(Ask({"* *notes.txt silent"},
                "python3 wait.py none ~/notes.txt & until test -e about-to-ask; do sleep 0.1; done; sleep 0.5; "
                "kill -TERM $!; wait $!; echo $?")
                .out,
            "heard\n3\n");
  const Outcome timer = Ask({"* *notes.txt slow-once"}, "python3 wait.py timer ~/notes.txt");
  EXPECT_EQ(Frames("request").size(), 2u) << "the timer's signal made it a second question";
  EXPECT_EQ(timer.out, "heard\n");  // after the answer
}

TEST_F(ApproverTest, RevokingEndsAGrantInARunningBox) {
  Ask({"* *notes.txt project"}, "cat ~/notes.txt");
  const Json grants =
      Json::parse(Native({Binary("usher"), "grants", "--json"}).out, nullptr, /*allow_exceptions=*/false);
  ASSERT_FALSE(grants.is_discarded() || grants.empty());
  const auto grant = grants[0]["grants"][0]["id"].get<std::string>();
  Call({"descriptors"});
  ChildProcess running(
      UsherSpec({"-q"}, {"sh", "-c", "cat ~/notes.txt; exec ~/.local/bin/sandboxee open-until ~/notes.txt 10 EACCES"}));
  ASSERT_TRUE(running.WaitForOutput("notes"));
  const Outcome revoked = Native({Binary("usher"), "revoke", grant});
  if (revoked.code != 0 && revoked.err.find("argument was not expected") != std::string::npos) {
    GTEST_SKIP() << "this usher has no `revoke` yet";
  }
  EXPECT_EQ(revoked.code, 0) << revoked.err;
  EXPECT_EQ(running.Wait().out, "notesEACCES\n");
}

TEST_F(ApproverTest, TheRequestSaysWhoAndWhat) {
  Ask({}, "cat ~/notes.txt");
  ASSERT_EQ(Requests(), 1u);
  const Json frame = Frames("request")[0];
  EXPECT_TRUE(frame["subject"]["exe"].get<std::string>().ends_with("/cat")) << frame.dump(1);
  EXPECT_EQ(frame["subject"]["cwd"], work());
  EXPECT_EQ(frame["subject"]["chain"].back(), "cat");
  EXPECT_TRUE(Mentions(frame["ladder"], "notes.txt"));
  const Json asked = Predicate()["asked"]["items"][0];
  EXPECT_EQ(asked["answer"], "deny");
  EXPECT_EQ(asked["object"], home() + "/notes.txt");
}

// No exec tells of a change of directory, and the same shell asks both times.
TEST_F(ApproverTest, TheRequestAndTheLogSayWhereTheProgramStandsNow) {
  MakeDirectory(work() + "/sub");
  Ask({}, "read x < ~/notes.txt; cd sub; read x < ~/other.txt; read x < ~/other.txt");
  ASSERT_EQ(Requests(), 3u);
  EXPECT_EQ(Frames("request")[0]["subject"]["cwd"], work());
  EXPECT_EQ(Frames("request")[1]["subject"]["cwd"], work() + "/sub");
  ASSERT_EQ(EventsOn(home() + "/notes.txt").size(), 1u);
  EXPECT_EQ(EventsOn(home() + "/notes.txt")[0]["cwd"], work());
  for (const Json& event : EventsOn(home() + "/other.txt")) EXPECT_EQ(event["cwd"], work() + "/sub");
}

}  // namespace
}  // namespace usher
