// A person at a terminal: an interactive shell in the box with job control, its own /dev/tty, and questions on the
// screen.

#include <signal.h>

#include "tests/support/box.h"
#include "tests/support/patience.h"
#include "tests/support/terminal_driver.h"

namespace usher {
namespace {

class TerminalTest : public Box {
 protected:
  void SetUp() override {
    Box::SetUp();
    environment["PS1"] = "ready> ";
    environment["HISTFILE"] = "";
  }
  ProcessSpec Shell(const Words& options = {"-q"}) const {
    return UsherSpec(options, {"bash", "--norc", "--noprofile", "--noediting", "-i"});
  }
};

TEST_F(TerminalTest, JobControl) {
  TerminalDriver shell(Shell());
  ASSERT_TRUE(shell.Expect("ready> ")) << shell.shown();
  shell.Type("sleep 100\n");
  ASSERT_TRUE(shell.Expect("sleep 100"));
  Pause(300);
  shell.Type("\x03");
  ASSERT_TRUE(shell.Expect("ready> ")) << "Ctrl-C does not end the job: " << shell.shown();
  shell.Type("echo code=$?\n");
  ASSERT_TRUE(shell.Expect("code=130")) << shell.shown();
  shell.Type("cat\n");
  Pause(300);
  shell.Type("\x1a");
  ASSERT_TRUE(shell.Expect("Stopped")) << "Ctrl-Z does not stop the job: " << shell.shown();
  shell.Type("jobs; fg\n");
  ASSERT_TRUE(shell.Expect("cat")) << shell.shown();
  Pause(300);
  shell.Type("back again\n");
  ASSERT_TRUE(shell.Expect("back again\r\nback again")) << "fg does not continue the job: " << shell.shown();
  shell.Type("\x04");
  shell.Type("exit 7\n");
  EXPECT_EQ(shell.Wait(), 7) << shell.shown();
}

// In a shell's background nothing is read from the terminal, which would stop the job; in front again it is.
TEST_F(TerminalTest, AJobInTheBackgroundIsNotStoppedByWhatIsTyped) {
  std::string job;
  for (const std::string& word : UsherSpec({"-q"}, {"./job"}).argv) job += word + " ";
  Write(work() + "/job", "#!/bin/sh\necho begun\nread line\necho \"read: $line\"\n", 0755);
  TerminalDriver shell(Spec({"bash", "--norc", "--noprofile", "--noediting", "-i"}));
  ASSERT_TRUE(shell.Expect("ready> ")) << shell.shown();
  shell.Type(job + "&\n");
  ASSERT_TRUE(shell.Expect("begun")) << shell.shown();
  shell.Type("echo typed-$((1 + 1))\n");
  ASSERT_TRUE(shell.Expect("typed-2")) << shell.shown();
  Pause(500);
  shell.Type("jobs\n");
  ASSERT_TRUE(shell.Expect("Running")) << shell.shown();
  shell.Type("fg\n");
  ASSERT_TRUE(shell.Expect("./job")) << shell.shown();
  Pause(1000);
  shell.Type("to the job\n");
  ASSERT_TRUE(shell.Expect("read: to the job")) << shell.shown();
  ASSERT_TRUE(shell.Expect("ready> ")) << shell.shown();
  shell.Type("exit 7\n");
  EXPECT_EQ(shell.Wait(), 7) << shell.shown();
}

TEST_F(TerminalTest, SizeIsPassedOn) {
  TerminalDriver shell(Shell(), 33, 99);
  ASSERT_TRUE(shell.Expect("ready> "));
  shell.Type("stty size\n");
  ASSERT_TRUE(shell.Expect("33 99")) << shell.shown();
  shell.Type("trap 'echo resized' WINCH; printf 'trap%sset\\n' -is-\n");
  ASSERT_TRUE(shell.Expect("trap-is-set")) << shell.shown();
  shell.Resize(50, 120);
  Pause(200);
  shell.Type("\n");
  ASSERT_TRUE(shell.Expect("resized")) << shell.shown();
  shell.Type("stty size\n");
  ASSERT_TRUE(shell.Expect("50 120")) << shell.shown();
  shell.Type("exit\n");
  EXPECT_EQ(shell.Wait(), 0);
}

TEST_F(TerminalTest, TheTerminalIsTheBoxesOwn) {
  Call({"descriptors"});
  TerminalDriver shell(Shell());
  ASSERT_TRUE(shell.Expect("ready> "));
  shell.Type("sandboxee open /dev/tty b; sandboxee type-into-terminal; echo end\n");
  ASSERT_TRUE(shell.Expect("ok")) << shell.shown();
  ASSERT_TRUE(shell.Expect("EPERM")) << "TIOCSTI: " << shell.shown();
  shell.Type("printf 'on%sscreen' -the- > /dev/tty; read -r line < /dev/tty; echo got $line\n");
  ASSERT_TRUE(shell.Expect("on-the-screen")) << shell.shown();
  shell.Type("some words\n");
  ASSERT_TRUE(shell.Expect("got some words")) << shell.shown();
  shell.Type("exit\n");
  EXPECT_EQ(shell.Wait(), 0);
}

TEST_F(TerminalTest, WithoutATerminalThereIsNone) {
  Call({"descriptors"});
  const Outcome outcome =
      Native({"setsid", Binary("usher"), "run", "-q", "--", home() + "/.local/bin/sandboxee", "open", "/dev/tty", "b"});
  EXPECT_EQ(outcome.out, "ENXIO\n") << outcome.err;
}

TEST_F(TerminalTest, FullScreenProgramsWork) {
  if (!Exists("/usr/bin/vim")) GTEST_SKIP() << "there is no vim on this machine";
  Write(work() + "/f", "one\ntwo\n");
  TerminalDriver vim(UsherSpec({"-q"}, {"vim", "-u", "NONE", "-N", "f"}));
  ASSERT_TRUE(vim.Expect("two")) << vim.shown();
  vim.Type(":%s/two/three/\r");
  Pause(300);
  vim.Type(":wq\r");
  EXPECT_EQ(vim.Wait(), 0) << vim.shown();
  EXPECT_EQ(Read(work() + "/f"), "one\nthree\n");
}

TEST_F(TerminalTest, PtysMadeInsideWork) {
  EXPECT_EQ(
      Script("python3 -c 'import pty, os\npty.spawn([\"sh\", \"-c\", \"tty >/dev/null && echo on a pty > /dev/tty\"])'")
          .out,
      "on a pty\r\n");
}

// Answers count only after a moment, so that what somebody was typing is no answer.
TEST_F(TerminalTest, AQuestionIsAnsweredAtTheTerminal) {
  Write(home() + "/notes.txt", "the notes");
  TerminalDriver person(UsherSpec({}, {"sh", "-c", "cat ~/notes.txt; sleep 0.5; cat ~/notes.txt; echo end"}));
  ASSERT_TRUE(person.Expect("notes.txt")) << person.shown();
  Pause(1500);
  person.Type("o");
  ASSERT_TRUE(person.Expect("the notes")) << person.shown();
  ASSERT_TRUE(person.Expect("notes.txt")) << person.shown();
  Pause(1500);
  person.Type("d");
  ASSERT_TRUE(person.Expect("Permission denied")) << person.shown();
  ASSERT_TRUE(person.Expect("end")) << person.shown();
  EXPECT_EQ(person.Wait(), 0);
  const Json asked = Predicate()["asked"];
  EXPECT_EQ(asked["calls"], 2) << asked.dump(1);
}

TEST_F(TerminalTest, EnterIsNoAnswer) {
  Write(home() + "/notes.txt", "the notes");
  TerminalDriver person(UsherSpec({}, {"sh", "-c", "cat ~/notes.txt; echo end"}));
  ASSERT_TRUE(person.Expect("notes.txt")) << person.shown();
  person.Type("\r\r  yes\r");
  Pause(1500);
  person.Type("\r \r");
  EXPECT_FALSE(person.Expect("the notes", std::chrono::seconds(1))) << person.shown();
  Pause(1000);
  person.Type("d");
  ASSERT_TRUE(person.Expect("Permission denied")) << person.shown();
  EXPECT_EQ(person.Wait(), 0);
}

TEST_F(TerminalTest, BannerSaysWhatHolds) {
  TerminalDriver person(UsherSpec({}, {"true"}));
  EXPECT_EQ(person.Wait(), 0);
  EXPECT_NE(person.shown().find(work()), std::string::npos) << person.shown();
}

}  // namespace
}  // namespace usher
