// `usher run` is to be felt as little as `env` is: exit codes, signals, pipes, directory, and what is kept from the
// command.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/support/box.h"

namespace usher {
namespace {

using ::testing::Test;

class RunTest : public Box {};

TEST_F(RunTest, PassesTheExitCodeOn) {
  for (const int code : {0, 1, 42, 125, 255}) {
    EXPECT_EQ(Script("exit " + std::to_string(code)).code, code);
  }
}

TEST_F(RunTest, PassesTheDeadlySignalOn) {
  EXPECT_EQ(Script("kill -TERM $$").code, 128 + SIGTERM);
  EXPECT_EQ(Script("kill -KILL $$").code, 128 + SIGKILL);
  EXPECT_EQ(Script("kill -SEGV $$").code, 128 + SIGSEGV);
}

TEST_F(RunTest, SaysWhatTheCommandSaysAndNothingElse) {
  const Outcome outcome = Script("echo out; echo err >&2; pwd");
  EXPECT_EQ(outcome.out, "out\n" + work() + "\n");
  EXPECT_EQ(outcome.err, "err\n");
}

TEST_F(RunTest, RunsACommandByNameByPathAndAScriptWithoutInterpreter) {
  Write(work() + "/hello", "echo hello from $0\n", 0755);
  EXPECT_EQ(Boxed({"echo", "by", "name"}).out, "by name\n");
  EXPECT_EQ(Boxed({"/bin/echo", "by", "path"}).out, "by path\n");
  EXPECT_EQ(Boxed({"./hello"}).out, "hello from ./hello\n");
  // execvp(3) starts the shell the moment that the script itself could not be started.
  EXPECT_EQ(Script("for i in $(seq 60); do env ./hello; done | uniq -c | tr -d ' '").out, "60hellofrom./hello\n");
}

TEST_F(RunTest, CommandThatIsNotThere) {
  const Outcome outcome = Boxed({"no-such-command-here"});
  EXPECT_EQ(outcome.code, 127);
  EXPECT_NE(outcome.err.find("no-such-command-here"), std::string::npos) << outcome.err;
  EXPECT_EQ(Boxed({work() + "/missing"}).code, 127);
}

TEST_F(RunTest, CommandThatMayNotRun) {
  Write(work() + "/plain", "echo no\n", 0644);
  const Outcome outcome = Boxed({"./plain"});
  EXPECT_EQ(outcome.code, 126);
  EXPECT_NE(outcome.err.find("plain"), std::string::npos) << outcome.err;
  EXPECT_EQ(Boxed({work()}).code, 126);
}

TEST_F(RunTest, CommandThatCannotBeStartedSaysWhy) {
  Write(work() + "/bad", "#!/no/such/interpreter\n", 0755);
  Write(work() + "/good", "#!/bin/sh\necho started\n", 0755);
  const Outcome bad = Boxed({"./bad"});
  EXPECT_EQ(bad.code, 127);
  EXPECT_EQ(bad.err,
            "usher: ./bad cannot be started: No such file or directory; look at the interpreter that its first line "
            "names: head -n 1 ./bad\n");
  const Outcome good = Boxed({"./good"});
  EXPECT_EQ(good.out, "started\n");
  EXPECT_EQ(good.err, "");

  Write(work() + "/plain", "", 0644);
  Write(work() + "/strange\x1b", "#!" + work() + "/plain\n", 0755);
  const Outcome strange = Boxed({"./strange\x1b"});
  EXPECT_EQ(strange.code, 126);
  EXPECT_EQ(strange.err.find("usher: ./strange\\u{1B} cannot be started: Permission denied; look at"), 0u) << strange.err;
}

// Whoever reads no standard error gets the exit code all the same.
TEST_F(RunTest, WhyACommandCannotBeStartedIsForWhoeverReadsIt) {
  Write(work() + "/bad", "#!/no/such/interpreter\n", 0755);
  const Outcome outcome =
      NativeScript("exec 3>&1; { " + Binary("usher") + " run -q -- ./bad; echo $? >&3; } 2>&1 >/dev/null | true; exit 3");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.out, "127\n");
}

TEST_F(RunTest, StandardInputAndOutputArePipesAsBefore) {
  ProcessSpec spec = UsherSpec({"-q"}, {"sh", "-c", "tr a-z A-Z | cat"});
  spec.input.assign(8 << 20, 'x');
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, std::string(8 << 20, 'X'));
}

TEST_F(RunTest, ReaderThatHasEnoughEndsTheWriter) {
  const std::string usher = Binary("usher");
  const Outcome outcome =
      NativeScript("'" + usher + "' run -q -- yes | head -n 3; '" + usher + "' run -q -- sh -c 'yes | head -n 2'");
  EXPECT_EQ(outcome.out, "y\ny\ny\ny\ny\n") << outcome.err;
  EXPECT_FALSE(outcome.timed_out);
}

TEST_F(RunTest, ABackgroundProcessDoesNotOutliveTheCommand) {
  const Outcome outcome = Script("(sleep 1000; echo late > late) & echo done");
  EXPECT_EQ(outcome.out, "done\n");
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(CallSays({"daemon"}), "ok");  // and TearDown sees that nobody is left
}

TEST_F(RunTest, EnvironmentLosesSecretsAndKeepsTheRest) {
  for (const char* name : {"AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SHOP_API_KEY", "DB_PASSWORD", "SSH_AUTH_SOCK",
                           "LD_LIBRARY_PATH", "BASH_ENV", "DISPLAY"}) {
    environment[name] = "not-for-you";
  }
  environment["EDITOR"] = "ed";
  environment["CI"] = "1";
  const std::string shown = Boxed({"env"}).out;
  EXPECT_EQ(shown.find("not-for-you"), std::string::npos) << shown;
  for (const char* kept : {"EDITOR=ed\n", "CI=1\n", "HOME=", "PATH=", "LANG=C.UTF-8\n", "USHER_SESSION=s-"}) {
    EXPECT_NE(shown.find(kept), std::string::npos) << kept << shown;
  }
}

TEST_F(RunTest, InheritedDescriptorsAreClosed) {
  Write(home() + "/.ssh/id_ed25519", "the key");
  ProcessSpec spec = UsherSpec({"-q"}, {"sh", "-c", "cat <&7; echo $?; ls /proc/self/fd | wc -l"});
  const std::string key = home() + "/.ssh/id_ed25519";
  const auto open_key = [key] { dup2(open(key.c_str(), O_RDONLY), 7); };
  spec.before_exec = open_key;
  EXPECT_EQ(RunToEnd(spec).out.find("the key"), std::string::npos);
  Call({"descriptors"});  // puts the program there
  spec = UsherSpec({"-q"}, {home() + "/.local/bin/sandboxee", "descriptors"});
  spec.before_exec = open_key;
  // Traced, a program that was handed a descriptor has the socket on which it came (decision 6).
  EXPECT_EQ(RunToEnd(spec).out, Mechanism() == "ptrace" ? "0 1 2 960\n" : "0 1 2\n");
  // The twin: without Usher they are there.
  ProcessSpec native = Spec({"sh", "-c", "cat <&7"});
  native.before_exec = open_key;
  EXPECT_EQ(RunToEnd(native).out, "the key");
}

TEST_F(RunTest, NoPrivilegesAndNoCoreFiles) {
  EXPECT_EQ(CallSays({"no-new-privileges"}), "1");
  EXPECT_EQ(CallSays({"core-limit"}), "0");
  const std::string status = Boxed({"grep", "-E", "^Cap(Prm|Eff|Inh|Bnd|Amb)", "/proc/self/status"}).out;
  for (const char* set : {"CapPrm", "CapEff", "CapInh", "CapAmb"}) {
    EXPECT_NE(status.find(std::string(set) + ":\t0000000000000000"), std::string::npos) << status;
  }
  if (as_root()) {
    EXPECT_NE(status.find("CapBnd:\t0000000000000000"), std::string::npos) << status;
  }
  EXPECT_EQ(Call({"abort"}).code, 128 + SIGABRT);
  EXPECT_EQ(Script("ls").out, "") << "a core file";
}

TEST_F(RunTest, TemporaryDirectoryIsPrivateAndGoesAway) {
  const Outcome outcome =
      Script("stat -c %a $TMPDIR; echo x > $TMPDIR/f; mkdir -m 0 $TMPDIR/locked; mktemp; echo $TMPDIR");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.substr(0, 4), "700\n");
  const std::string directory = outcome.out.substr(outcome.out.rfind('\n', outcome.out.size() - 2) + 1);
  EXPECT_TRUE(directory.starts_with(temporary() + "/usher-")) << directory;
  EXPECT_FALSE(Exists(directory.substr(0, directory.size() - 1)));
}

TEST_F(RunTest, UmaskAndModesAreTheCommands) {
  EXPECT_EQ(Script("umask 027; touch f; mkdir d; stat -c %a f d; umask").out, "640\n750\n0027\n");
}

// Usher makes files longer on behalf of whom a limit holds for.
TEST_F(RunTest, TheLimitOnFileSizesIsTheCallers) {
  Write(work() + "/f", "text");
  for (const auto& [length, said] : {std::pair{"8193", "EFBIG 1"}, {"8192", "ok 0"}, {"16", "ok 0"}, {"-1", "EINVAL 0"}}) {
    EXPECT_EQ(CallSays({"lengthen", work() + "/f", "8192", length}), said) << length;
    EXPECT_EQ(Native({Binary("sandboxee"), "lengthen", work() + "/f", "8192", length}).out, std::string(said) + "\n") << length;
  }
}

TEST_F(RunTest, KeepsSignalsThatTheCallerIgnores) {
  ProcessSpec spec = UsherSpec({"-q"}, {"sh", "-c", "kill -HUP $$; echo alive"});
  spec.before_exec = [] { signal(SIGHUP, SIG_IGN); };
  EXPECT_EQ(RunToEnd(spec).out, "alive\n");
  spec.before_exec = nullptr;
  EXPECT_EQ(RunToEnd(spec).code, 128 + SIGHUP);
}

TEST_F(RunTest, GoesOnWithoutTheCallerWhoSaidSo) {
  ProcessSpec spec = UsherSpec({"-q"}, {"sh", "-c", "echo started; sleep 4; echo survived"});
  spec.before_exec = [] { signal(SIGHUP, SIG_IGN); };
  ChildProcess usher(spec);
  ASSERT_TRUE(usher.WaitForOutput("started"));
  usher.Signal(SIGHUP);
  EXPECT_EQ(usher.Wait().out, "started\nsurvived\n");
}

TEST_F(RunTest, FailOnSaysThatSomethingWasDenied) {
  EXPECT_EQ(Usher({"-q", "--fail-on", "deny"}, {"sh", "-c", "cat ~/x; exit 0"}).code, 0);
  Write(home() + "/x", "x");
  const Outcome failed = Usher({"-q", "--fail-on", "deny"}, {"sh", "-c", "cat ~/x; exit 3"});
  EXPECT_EQ(failed.code, 77);
  EXPECT_NE(failed.err.find("for --fail-on; the command's own was 3"), std::string::npos) << failed.err;
  EXPECT_EQ(Usher({"-q", "--fail-on", "never"}, {"sh", "-c", "cat ~/x; exit 0"}).code, 0);
}

TEST_F(RunTest, WhatIsNoCommandIsSaid) {
  EXPECT_NE(Usher({}, {"ls -la"}).err.find("usher run -- sh -c 'ls -la'"), std::string::npos);
  EXPECT_NE(Usher({}, {"./nothing"}).err.find("./nothing: no such file"), std::string::npos);
  EXPECT_NE(Usher({}, {"no-such-command"}).err.find("no-such-command: command not found"), std::string::npos);
}

}  // namespace
}  // namespace usher
