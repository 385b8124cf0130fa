// Opens that the floor allows run in the kernel, and no program sees a difference but time.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>

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

  // What the gate takes in: nothing, the system, the workspace too.
  static inline const Words kShut{"-q"}, kSystem{"-q", "--gate"}, kWide{"-q", "--gate=workspace"};

  // Hides the box's own, which has no gate.
  Outcome Boxed(const Words& command) const { return Usher(kSystem, command); }
  Outcome Script(const std::string& text) const { return Boxed({"sh", "-c", text}); }
  Outcome Wide(const Words& command) const { return Usher(kWide, command); }
  Outcome WideScript(const std::string& text) const { return Wide({"sh", "-c", text}); }

  // Runs `script`, and has the person put a text into `path` while it runs: after the script made `ready`, before
  // `sign`.
  Outcome WithALateFile(const Words& options, const std::string& script, const std::string& path,
                        const std::string& sign) {
    for (const std::string& old : {std::string("ready"), sign}) std::filesystem::remove(work() + "/" + old);
    std::thread person([&] {
      for (int i = 0; i < 2000 && !Exists(work() + "/ready"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      Write(path, "late\n");
      Write(work() + "/" + sign, "");
    });
    Outcome outcome = Usher(options, {"sh", "-c", script});
    person.join();
    return outcome;
  }
  Outcome WithALateFile(const Words& options, const std::string& script, const std::string& path) {
    return WithALateFile(options, "> ready; while [ ! -e go ]; do sleep 0.02; done; " + script, path, "go");
  }

  int64_t Held() const { return Predicate()["usage"]["held_calls"]; }
  bool HasGate() const { return Predicate()["sandbox"]["engine"].get<std::string>().ends_with("+ gate"); }

  // With both gates, without one, and without Usher: where something is hidden in the workspace, and where nothing is.
  void ExpectTheSameEverywhere(Words arguments, const std::string& expected = "ok\n") {
    arguments.insert(arguments.begin(), program_);
    const Outcome native = Native(arguments);
    EXPECT_EQ(native.out, expected) << native.err;
    for (const bool covered : {true, false}) {
      if (!covered) Write(work() + "/.env", "KEY=1\n");
      for (const Words& options : {kWide, kSystem, kShut}) {
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

std::string ReadsOf(const std::string& file) {
  return "i=0; while [ $i -lt 300 ]; do read line < " + file + "; i=$((i+1)); done; echo $line";
}

TEST_F(GateTest, TheSystemIsNotHeldTheWorkspaceIs) {
  const std::string system = ReadsOf("/usr/share/common-licenses/BSD");
  const Outcome native = NativeScript(system);
  EXPECT_EQ(Script(system).out, native.out);
  SKIP_WITHOUT_GATE();
  EXPECT_LT(Held(), 50);
  EXPECT_EQ(Predicate()["files"]["reads_below_floor"], "not counted");
  EXPECT_EQ(Script(kReads).out, "text\n");
  EXPECT_GT(Held(), 300);
  EXPECT_EQ(Usher(kShut, {"sh", "-c", system}).out, native.out);
  EXPECT_FALSE(HasGate());
  EXPECT_GT(Held(), 300);
  EXPECT_FALSE(Predicate()["files"].contains("reads_below_floor"));
}

TEST_F(GateTest, AWideGateTakesTheWorkspaceIn) {
  EXPECT_EQ(WideScript(kReads).out, "text\n");
  SKIP_WITHOUT_GATE();
  EXPECT_LT(Held(), 50);
  // What is new has no right of the floor's: it is judged like anything.
  EXPECT_EQ(WideScript("cp file new; " + ReadsOf("new")).out, "text\n");
  EXPECT_GT(Held(), 300);
}

TEST_F(GateTest, AnEmptyEnvironmentIsCoveredToo) {
  EXPECT_EQ(Wide({"/usr/bin/env", "-i", "/bin/sh", "-c", kReads}).out, "text\n");
  SKIP_WITHOUT_GATE();
  EXPECT_LT(Held(), 50);
}

// Nobody judges what the gate lets pass. A directory of the workspace that had a right would give it to this file too.
TEST_F(GateTest, WhatIsHiddenStaysHiddenWhenItComesLater) {
  Write(work() + "/sub/plain", "text\n");
  for (const Words& options : {kSystem, kWide, kShut}) {
    std::filesystem::remove(work() + "/sub/.env");
    const Outcome late = WithALateFile(options, "cat sub/.env; cat sub/plain", work() + "/sub/.env");
    EXPECT_EQ(late.out, "text\n") << options.back();
    EXPECT_EQ(EventsOn(work() + "/sub/.env").size(), 1u);
    EXPECT_EQ(WithALateFile(options, "cat sub/other", work() + "/sub/other").out, "late\n") << options.back();
  }
}

// The floor knows this directory as an object, and everything in it may be read there: it would keep the right wherever
// it goes.
TEST_F(GateTest, WhatIsGivenWholeStaysWhereItIs) {
  for (const Words& options : {kSystem, kWide}) {
    for (const char* made : {"/vendor", "/node_modules", "/one", "/two"}) std::filesystem::remove_all(work() + made);
    Write(work() + "/node_modules/p/index.js", "text\n");
    Write(work() + "/one/node_modules/p", "text\n");
    const Outcome outcome = WithALateFile(
        options,
        "mv node_modules vendor; mv one two; cat two/node_modules/p; > ready; while [ ! -e go ]; do sleep 0.02; done; "
        "cat vendor/.env",
        work() + "/vendor/.env", "go");
    EXPECT_EQ(outcome.out, "text\n") << options.back() << outcome.err;
    EXPECT_TRUE(Exists(work() + "/node_modules/p/index.js")) << options.back();
  }
}

// A new program is the file that it is, also for whoever debugs it, and no copy.
TEST_F(GateTest, WhatIsBuiltRunsAsItself) {
  if (NativeScript("command -v gcc >/dev/null").code != 0) GTEST_SKIP() << "there is no gcc on this machine";
  Write(work() + "/p.c",
        "#include <stdio.h>\n#include <unistd.h>\nint twice(int x) { return 2 * x; }\n"
        "int main() { char b[300] = {0}; (void)!readlink(\"/proc/self/exe\", b, 299); printf(\"%d %s\\n\", twice(21), "
        "b); }\n");
  Write(work() + "/secrets.d/plain", "text\n");
  const std::string says = "42 " + work() + "/p\n";
  for (const Words& options : {kSystem, kWide}) {
    const Outcome outcome = Usher(
        options,
        {"sh", "-c",
         "gcc -g -o p p.c && touch -d 2020-01-01 p && ./p && ./p && stat -c %y p | cut -c1-10; ls -a | grep usher"});
    EXPECT_EQ(outcome.out, says + says + "2020-01-01\n") << options.back() << outcome.err;
    if (Mechanism() == "ptrace" || NativeScript("command -v gdb >/dev/null").code != 0) continue;
    EXPECT_EQ(Usher(options, {"sh", "-c",
                              "gcc -g -o p p.c; gdb -nx -q -batch -ex 'break twice' -ex run -ex continue ./p 2>&1 | "
                              "grep -c 'exited normally'"})
                  .out,
              "1\n")
        << options.back();
  }
}

TEST_F(GateTest, NoProgramIsReplacedThatIsNotTheSandboxsToReplace) {
  Write(home() + "/.config/usher/policy.toml", "version = 1\nname = \"mine\"\n[files]\nwrite.ask = [\"./kept\"]\n");
  std::filesystem::copy_file(Binary("sandboxee"), work() + "/linked");
  std::filesystem::create_hard_link(work() + "/linked", work() + "/other");
  MakeDirectory(work() + "/kept");
  std::filesystem::copy_file(Binary("sandboxee"), work() + "/kept/program");
  ASSERT_EQ(NativeScript("stat -c %i linked kept/program > before").code, 0);
  EXPECT_EQ(Script("./linked load-again; kept/program load-again; stat -c %i linked kept/program").out.find("Killed"),
            std::string::npos);
  EXPECT_EQ(NativeScript("stat -c %i linked kept/program").out, Read(work() + "/before"));
}

TEST_F(GateTest, WhatIsHiddenInTheSystemStaysHidden) {
  Write(home() + "/.config/usher/policy.toml",
        "version = 1\nname = \"mine\"\n[files]\nhide = [\"/usr/share/common-licenses/BSD\", \"/etc/passwd\"]\n");
  const std::string script =
      "cd /usr/share/common-licenses; head -c 4 BSD /etc/passwd; head -c 4 Artistic >/dev/null && echo read";
  for (const Words& options : {kSystem, kWide, kShut}) {
    EXPECT_EQ(Usher(options, {"sh", "-c", script}).out, "read\n") << options.back();
    EXPECT_EQ(EventsOn("/etc/passwd").size(), 1u);
  }
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

TEST_F(GateTest, WhatIsHiddenIsHiddenWhereverItIsMoved) {
  Write(work() + "/a/deep/.env", "KEY=1\n");
  Write(work() + "/a/plain", "text\n");
  MakeDirectory(work() + "/given");
  for (const Words& options : {kSystem, kWide}) {
    const Outcome outcome =
        Usher(options, {"sh", "-c", "mv a given; cat given/a/deep/.env given/a/plain; ls given/a; mv given/a a"});
    EXPECT_EQ(outcome.out, "text\ndeep\nplain\n") << outcome.err;
  }
}

// How many calls wait for Usher, so that nobody makes it more unawares. What varies is how many a program makes of
// itself.
struct Waits {
  const char* name;
  const char* options;
  const char* script;
  int most;
};
constexpr int kOfTheShell = 12;
constexpr Waits kWaits[] = {
    {"grep", "--gate", "grep -r zzz /usr/include >/dev/null", 50},
    {"python", "--gate", "exec /usr/bin/python3 -c 'import json,asyncio'", 20 + kOfTheShell},
    {"gcc", "--gate", "gcc hello.c -o hello", 80},
    {"node", "--gate", "node -e 1", 30},
    {"bash", "--gate", "for i in 1 2 3 4 5; do cat /usr/share/common-licenses/BSD >/dev/null; done", 60},
    {"git", "--gate=workspace", "git status >/dev/null", 110},
};

TEST_F(GateTest, FewCallsWait) {
  SKIP_WHERE_ALL_ARE_TRACED();
  Write(work() + "/hello.c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); }\n");
  ASSERT_EQ(
      NativeScript(
          "for i in $(seq 200); do mkdir -p d$((i%20)); echo $i > d$((i%20))/f$i; done; git init -q . && git add . && "
          "git -c user.name=a -c user.email=a@example.test commit -qm all")
          .code,
      0);
  for (const Waits& one : kWaits) {
    if (NativeScript(one.script).code == 127) continue;
    EXPECT_EQ(Usher({"-q", one.options}, {"bash", "-c", one.script}).code == 0, NativeScript(one.script).code == 0)
        << one.name;
    SKIP_WITHOUT_GATE();
    EXPECT_LE(Held(), one.most) << one.name;
    std::printf("%s: %d of %d\n", one.name, static_cast<int>(Held()), one.most);
  }
}

TEST_F(GateTest, SignalsWhileOpening) { ExpectTheSameEverywhere({"signalled-opens", work() + "/file"}); }
TEST_F(GateTest, AnOpenThatWaitsIsInterrupted) { ExpectTheSameEverywhere({"interrupted-open", work() + "/fifo"}); }
TEST_F(GateTest, JumpingOutOfAnOpen) {
  ExpectTheSameEverywhere({"jumped-out-of-open", work() + "/fifo", work() + "/file"});
}
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
  const Outcome outcome = Boxed({"gdb", "-nx", "-q", "-batch", "-ex", "break open64", "-ex", "run", "-ex", "stepi 120",
                                 "-ex", "delete", "-ex", "continue", "--args", "/bin/cat", "file"});
  EXPECT_NE(outcome.out.find("text\n"), outcome.out.npos) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("exited normally"), outcome.out.npos) << outcome.out << outcome.err;
}

TEST_F(GateTest, ATracerSeesOrdinaryOpens) {
  SKIP_WHERE_ALL_ARE_TRACED();
  if (system("command -v strace >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no strace on this machine";
  const Outcome outcome =
      Script("strace -o trace -e trace=openat cat file; grep -c 'openat(AT_FDCWD, \"file\", O_RDONLY) *= [0-9]' trace");
  EXPECT_EQ(outcome.out, "text\n1\n") << outcome.err;
}

}  // namespace
}  // namespace usher
