// Opens that the floor allows run in the kernel, and no program sees a difference but time.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/box.h"

namespace usher {
namespace {

class GateTest : public Box {
 protected:
  void SetUp() override {
    Box::SetUp();
    if (IsSkipped()) return;
    Write(work() + "/file", "text\n");
    program_ = home() + "/.local/bin/sandboxee";
    MakeDirectory(home() + "/.local/bin");
    std::filesystem::copy_file(Binary("sandboxee"), program_);
    MakeFifo(work() + "/fifo");
  }

  void MakeFifo(const std::string& path) const {
    ASSERT_EQ(mkfifo(path.c_str(), 0644), 0);
    ASSERT_EQ(chown(path.c_str(), user(), static_cast<gid_t>(-1)), 0);
  }

  Outcome Boxed(const Words& command) const { return Usher({"-q", "--gate"}, command); }
  Outcome Script(const std::string& text) const { return Boxed({"sh", "-c", text}); }

  int64_t Held() const { return Predicate()["usage"]["held_calls"]; }
  bool HasGate() const { return Predicate()["sandbox"]["engine"].get<std::string>().ends_with("+ gate"); }

  // With the gate, without it, and without Usher: where the floor covers the workspace, and where it does not.
  void ExpectTheSameEverywhere(Words arguments, const std::string& expected = "ok\n") {
    arguments.insert(arguments.begin(), program_);
    const Outcome native = Native(arguments);
    EXPECT_EQ(native.out, expected) << native.err;
    for (const bool covered : {true, false}) {
      if (!covered) Write(work() + "/.env", "KEY=1\n");
      for (const Words& options : {Words{"-q", "--gate"}, Words{"-q"}}) {
        const Outcome outcome = Usher(options, arguments);
        EXPECT_EQ(outcome.out, native.out) << options.back() << " " << covered << outcome.err;
        EXPECT_EQ(outcome.code, native.code);
      }
    }
  }

  std::string program_;
};

#define SKIP_WITHOUT_GATE() \
  if (!HasGate()) GTEST_SKIP() << "there is no Landlock on this machine, so that the gate stays shut"

// Few files, so that the floor has time to look at all of them; many opens.
constexpr char kReads[] = "i=0; while [ $i -lt 300 ]; do read line < file; i=$((i+1)); done; echo $line";

TEST_F(GateTest, ReadsBelowTheFloorAreNotHeld) {
  EXPECT_EQ(Script(kReads).out, "text\n");
  SKIP_WITHOUT_GATE();
  const int64_t with = Held();
  EXPECT_EQ(Predicate()["files"]["reads_below_floor"], "not counted");
  EXPECT_EQ(Usher({"-q"}, {"sh", "-c", kReads}).out, "text\n");
  EXPECT_FALSE(HasGate());
  EXPECT_GT(Held(), 300);
  EXPECT_LT(with, 50);
  EXPECT_FALSE(Predicate()["files"].contains("reads_below_floor"));
}

TEST_F(GateTest, AnEmptyEnvironmentIsCoveredToo) {
  EXPECT_EQ(Boxed({"/usr/bin/env", "-i", "/bin/sh", "-c", kReads}).out, "text\n");
  SKIP_WITHOUT_GATE();
  EXPECT_LT(Held(), 50);
}

TEST_F(GateTest, WhoWantsEveryReadInTheLogGetsIt) {
  Write(home() + "/.config/usher/policy.toml", "version = 1\nname = \"mine\"\n[log]\nreads = true\n");
  const Outcome outcome = Script(kReads);
  EXPECT_EQ(outcome.out, "text\n") << outcome.err;
  EXPECT_FALSE(HasGate());
  EXPECT_GE(EventsOn(work() + "/file").size(), 300u);
}

TEST_F(GateTest, WhatTheFloorRefusesIsJudgedAsEver) {
  Write(work() + "/.env", "KEY=1\n");
  Write(home() + "/note.txt", "mine\n");
  EXPECT_EQ(Script("cat .env 2>&1; cat ../home/note.txt 2>&1; cat file").out,
            "cat: .env: No such file or directory\ncat: ../home/note.txt: Permission denied\ntext\n");
  EXPECT_EQ(EventsOn(work() + "/.env").size(), 1u) << "once, although it was opened twice";
  EXPECT_EQ(EventsOn(home() + "/note.txt").size(), 1u);
}

TEST_F(GateTest, AWriteThatIsRefusedIsRefusedOnce) {
  EXPECT_NE(Script("echo x > /usr/share/mine").code, 0);
  EXPECT_EQ(EventsOn("/usr/share/mine").size(), 1u);
}

TEST_F(GateTest, WhatIsHiddenIsNotMovedBelowTheFloor) {
  Write(work() + "/a/deep/.env", "KEY=1\n");
  Write(work() + "/a/plain", "text\n");
  Write(work() + "/b/plain", "text\n");
  MakeDirectory(work() + "/given");
  const Outcome outcome = Script("mv a given; mv b given; cat given/a/deep/.env given/b/plain; ls given/a");
  EXPECT_EQ(outcome.out, "text\ndeep\nplain\n") << outcome.err;
  EXPECT_EQ(Read(work() + "/a/deep/.env"), "KEY=1\n") << "it stays where it was";
  EXPECT_FALSE(Exists(work() + "/b")) << "what holds nothing hidden is moved as a whole";
}

TEST_F(GateTest, SignalsWhileOpening) { ExpectTheSameEverywhere({"signalled-opens", work() + "/file"}); }
TEST_F(GateTest, AnOpenThatWaitsIsInterrupted) { ExpectTheSameEverywhere({"interrupted-open", work() + "/fifo"}); }
TEST_F(GateTest, JumpingOutOfAnOpen) { ExpectTheSameEverywhere({"jumped-out-of-open", work() + "/fifo", work() + "/file"}); }
TEST_F(GateTest, CancellingAThreadThatOpens) { ExpectTheSameEverywhere({"cancelled-in-open", work() + "/fifo"}); }
TEST_F(GateTest, ManyThreadsAndForks) { ExpectTheSameEverywhere({"opens-of-threads", work() + "/file"}); }
TEST_F(GateTest, ChildrenByVforkAndSpawn) {
  ExpectTheSameEverywhere({"opens-of-children", work() + "/file"}, "text\ntext\nok\n");
}
TEST_F(GateTest, NoNewExecutableMemory) { ExpectTheSameEverywhere({"open-under-mdwe", work() + "/file"}); }
TEST_F(GateTest, TheLibraryIsItself) {
  const std::string path = Native({program_, "load-again"}).out;
  EXPECT_NE(path.find("libc"), path.npos) << path;
  ExpectTheSameEverywhere({"load-again"}, path);
}

TEST_F(GateTest, ErrorsFlagsAndNumbers) {
  ASSERT_EQ(NativeScript("mkdir e; cd e; echo text > file; mkdir directory; ln -s file link; ln -s none dangling; "
                         "ln -s loop loop; echo x > closed; mkfifo fifo")
                .code,
            0);
  // Root has powers over a closed file that the sandbox has not.
  ASSERT_EQ(NativeScript(as_root() ? "true" : "chmod 0 e/closed").code, 0);
  const std::string said = Native({program_, "exact-opens", work() + "/e"}).out;
  EXPECT_NE(said.find("ENOTDIR"), said.npos) << said;
  ExpectTheSameEverywhere({"exact-opens", work() + "/e"}, said);
}

TEST_F(GateTest, ADebuggerStepsThroughIt) {
  SKIP_WHERE_ALL_ARE_TRACED();
  if (system("command -v gdb >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no gdb on this machine";
  // From before the open to behind it, one instruction at a time; then on to the end.
  const Outcome outcome = Boxed({"gdb", "-nx", "-q", "-batch", "-ex", "break open64", "-ex", "run", "-ex", "stepi 120", "-ex", "delete",
                                 "-ex", "continue", "--args", "/bin/cat", "file"});
  EXPECT_NE(outcome.out.find("text\n"), outcome.out.npos) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("exited normally"), outcome.out.npos) << outcome.out << outcome.err;
}

TEST_F(GateTest, ATracerSeesOrdinaryOpens) {
  SKIP_WHERE_ALL_ARE_TRACED();
  if (system("command -v strace >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no strace on this machine";
  const Outcome outcome = Script("strace -o trace -e trace=openat cat file; grep -c 'openat(AT_FDCWD, \"file\", O_RDONLY) *= [0-9]' trace");
  EXPECT_EQ(outcome.out, "text\n1\n") << outcome.err;
}

}  // namespace
}  // namespace usher
