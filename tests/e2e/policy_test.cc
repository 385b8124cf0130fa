// What the built-in policy does with an agent's calls, seen from within: allow, ask, deny, hide. Each refusal beside
// what the same command may do.

#include <unistd.h>

#include <filesystem>

#include "tests/support/box.h"

namespace usher {
namespace {

class PolicyTest : public Box {};

TEST_F(PolicyTest, TheWorkspaceMayBeWrittenWithoutAQuestion) {
  const Outcome outcome = Usher(Approver({}), {"sh", "-c",
                                               "mkdir -p a/b && echo x > a/b/f && mv a/b/f a/g && ln -s g a/l && "
                                               "ln a/g a/h && chmod 600 a/g && rm a/h && cat a/l"});
  EXPECT_EQ(outcome.out, "x\n") << outcome.err;
  EXPECT_EQ(Requests(), 0u);
  EXPECT_EQ(Read(work() + "/a/g"), "x\n");
  ExpectNothingAskedOrDenied();
}

TEST_F(PolicyTest, TheRestOfTheHomeIsAskedAbout) {
  Write(home() + "/notes.txt", "notes");
  EXPECT_EQ(Usher(Approver({"file.read */notes.txt once"}), {"cat", home() + "/notes.txt"}).out, "notes");
  ASSERT_EQ(Requests(), 1u);
  EXPECT_EQ(Frames("request")[0]["kind"], "file.read");
  EXPECT_EQ(Frames("request")[0]["object"], home() + "/notes.txt");
  const Outcome refused = Usher(Approver({}), {"cat", home() + "/notes.txt"});
  EXPECT_NE(refused.err.find("Permission denied"), std::string::npos) << refused.err;
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(Requests(), 2u);
}

TEST_F(PolicyTest, AQuestionWaitsAsLongAsThePolicySays) {
  Write(home() + "/notes.txt", "notes");
  Write(home() + "/policy.toml", "version = 1\n[prompt]\nhold = \"7s\"\n");
  Words options = Approver({});
  options.insert(options.end(), {"--policy", home() + "/policy.toml"});
  (void)Usher(options, {"cat", home() + "/notes.txt"});
  ASSERT_EQ(Requests(), 1u);
  EXPECT_LE(Frames("request")[0]["deadline_ms"], 7000);
}

// Usher's own places are judged by where they really lie, however it was led there.
TEST_F(PolicyTest, OwnFilesAreHiddenBehindALink) {
  MakeDirectory(work() + "/elsewhere");
  ASSERT_EQ(symlink("elsewhere", (work() + "/st").c_str()), 0);
  environment["USHER_STATE"] = work() + "/st";
  const Outcome outcome = Script("ls elsewhere 2>&1; echo x > elsewhere/x; mv st gone; ln -sfn / st; echo mine > own; cat own");
  EXPECT_NE(outcome.out.find("No such file"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("mine\n"), std::string::npos) << outcome.out << outcome.err;
  EXPECT_FALSE(Exists(work() + "/elsewhere/x"));
  EXPECT_TRUE(std::filesystem::is_symlink(work() + "/st"));
  EXPECT_EQ(std::filesystem::read_symlink(work() + "/st"), "elsewhere");
  EXPECT_TRUE(Exists(work() + "/elsewhere/runs")) << "its records are there";
}

TEST_F(PolicyTest, NobodyThereMeansNo) {
  Write(home() + "/notes.txt", "notes");
  EXPECT_EQ(CallSays({"open", home() + "/notes.txt"}), "EACCES");
  const Json asked = Predicate()["denied"];
  EXPECT_TRUE(Mentions(asked, "notes.txt")) << asked.dump(1);
}

// What an unattended run was refused stands in its receipt as a policy file says it, and with those lines it passes.
TEST_F(PolicyTest, TheReceiptHasTheRulesThatWouldLetItPass) {
  const std::string script = "mkdir -p x/.git && cat ~/notes.txt; echo '[core]' > x/.git/config && cat x/.git/config";
  Write(home() + "/notes.txt", "notes\n");
  const Outcome refused = Usher({"--unattended", "--receipt", work() + "/receipt.md"}, {"sh", "-c", script});
  EXPECT_NE(refused.code, 0);
  EXPECT_NE(refused.err.find(": create x/.git/config, read ~/notes.txt;"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("and the rules that would let it pass"), std::string::npos) << refused.err;
  const std::string receipt = Read(work() + "/receipt.md"), fence = "```toml\n";
  const size_t start = receipt.find(fence);
  ASSERT_NE(start, std::string::npos) << receipt;
  const std::string rules = receipt.substr(start + fence.size(), receipt.find("```\n", start + 1) - start - fence.size());
  const std::string policy = "version = 1\n" + rules;
  Write(home() + "/policy.toml", policy);
  const Outcome passed = Usher({"--unattended", "--policy", home() + "/policy.toml"}, {"sh", "-c", script});
  EXPECT_EQ(passed.out, "notes\n[core]\n") << policy << passed.err;
}

// What a person names on the command line needs no question; what a rule denies is denied all the same.
TEST_F(PolicyTest, ACommandThatARuleDeniesIsNotStarted) {
  Write(work() + "/tool", "#!/bin/sh\necho ran\n");
  ASSERT_EQ(chmod((work() + "/tool").c_str(), 0755), 0);
  Write(home() + "/policy.toml", "version = 1\n[files]\nexec.deny = [\"./tool\"]\n");
  const Outcome denied = Usher({"--policy", home() + "/policy.toml"}, {"./tool"});
  EXPECT_EQ(denied.code, 126);
  EXPECT_EQ(denied.out, "");
  EXPECT_NE(denied.err.find("exec.deny \"./tool\""), std::string::npos) << denied.err;
  Write(home() + "/policy.toml", "version = 1\n[files]\nexec.ask = [\"./tool\"]\n");
  EXPECT_EQ(Usher({"--policy", home() + "/policy.toml", "--unattended"}, {"./tool"}).out, "ran\n") << "the twin";
  // And by another way: a link, and the interpreter that a script names.
  ASSERT_EQ(symlink("tool", (work() + "/link").c_str()), 0);
  Write(home() + "/policy.toml", "version = 1\n[files]\nexec.deny = [\"./tool\"]\n");
  EXPECT_EQ(Usher({"--policy", home() + "/policy.toml"}, {"./link"}).code, 126);
  Write(work() + "/script", "#!" + work() + "/tool\n");
  ASSERT_EQ(chmod((work() + "/script").c_str(), 0755), 0);
  const Outcome script = Usher({"--policy", home() + "/policy.toml"}, {"./script"});
  EXPECT_EQ(script.code, 126);
  EXPECT_EQ(script.out, "");
}

// ps looks at all processes there are; that is nothing to look at for a reviewer.
TEST_F(PolicyTest, LookingAtProcessesOutsideIsNoAlarm) {
  const Outcome outcome = Usher({"--fail-on", "deny"}, {"sh", "-c", "cat /proc/1/stat /proc/1/status; ls /proc/1; true"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_GE(Predicate()["looks_outside"], 3);
  EXPECT_EQ(Usher({"--fail-on", "deny"}, {"sh", "-c", "cat /proc/1/environ; true"}).code, 77) << "the twin";
}

TEST_F(PolicyTest, SecretsLookAbsentAndNothingElseDoes) {
  Write(home() + "/.ssh/id_ed25519", "key");
  Write(home() + "/.aws/credentials", "key");
  Write(work() + "/.env", "KEY=1");
  Write(work() + "/.env.example", "KEY=");
  for (const std::string& secret : {home() + "/.ssh/id_ed25519", home() + "/.aws/credentials", work() + "/.env",
                                    std::string("/etc/shadow"), home() + "/.ssh"}) {
    EXPECT_EQ(CallSays({"open", secret}), "ENOENT") << secret;
  }
  EXPECT_EQ(CallSays({"open", work() + "/.env.example"}), "ok");
  EXPECT_EQ(CallSays({"open", "/etc/passwd"}), "ok");
  EXPECT_EQ(CallSays({"open", home() + "/.ssh/new", "wc"}), "ENOENT");
  EXPECT_FALSE(Exists(home() + "/.ssh/new"));
}

TEST_F(PolicyTest, ASecretIsNotReachedByAnotherName) {
  Write(home() + "/.ssh/id_ed25519", "key");
  EXPECT_EQ(symlink((home() + "/.ssh").c_str(), (work() + "/keys").c_str()), 0);
  EXPECT_EQ(symlink("/usr/bin", (work() + "/programs").c_str()), 0);
  EXPECT_EQ(CallSays({"open", work() + "/keys/id_ed25519"}), "ENOENT");
  EXPECT_EQ(CallSays({"open", "/proc/self/root" + home() + "/.ssh/id_ed25519"}), "ENOENT");
  EXPECT_EQ(CallSays({"open", "/proc/self/cwd/keys/id_ed25519"}), "ENOENT");
  EXPECT_EQ(CallSays({"open", "../home/.ssh/../.ssh/id_ed25519"}), "ENOENT");
  EXPECT_EQ(CallSays({"open", work() + "/programs/env"}), "ok");
  EXPECT_EQ(CallSays({"open", "/proc/self/cwd/programs/env"}), "ok");
  const Outcome outcome =
      Script("ln ~/.ssh/id_ed25519 stolen; mv ~/.ssh s; cp -r ~/.ssh t; ls; cat programs/env | wc -c");
  EXPECT_FALSE(Exists(work() + "/stolen")) << outcome.out;
  EXPECT_FALSE(Exists(work() + "/s"));
  EXPECT_FALSE(Exists(work() + "/t/id_ed25519"));
  EXPECT_TRUE(Exists(home() + "/.ssh/id_ed25519"));
}

TEST_F(PolicyTest, FilesThatRunLaterAreAskedAbout) {
  MakeDirectory(work() + "/.git/hooks");
  Write(work() + "/.git/config", "[core]\n");
  const std::string script =
      "echo x > .git/hooks/pre-commit; echo y >> .git/config; mkdir -p .github/workflows; "
      "echo z > .github/workflows/ci.yml; echo a > ordinary";
  Usher(Approver({}), {"sh", "-c", script});
  EXPECT_EQ(Requests(), 3u);
  EXPECT_FALSE(Exists(work() + "/.git/hooks/pre-commit"));
  EXPECT_EQ(Read(work() + "/.git/config"), "[core]\n");
  EXPECT_EQ(Read(work() + "/ordinary"), "a\n");
  Usher(Approver({"* * once"}), {"sh", "-c", script});
  EXPECT_EQ(Read(work() + "/.git/hooks/pre-commit"), "x\n");
  EXPECT_EQ(Read(work() + "/.git/config"), "[core]\ny\n");
  EXPECT_EQ(Read(work() + "/.github/workflows/ci.yml"), "z\n");
  const Json receipt = Predicate();
  EXPECT_TRUE(Mentions(receipt["files"]["run_later"], "pre-commit")) << receipt["files"].dump(1);
}

TEST_F(PolicyTest, TheSystemIsReadAndNotWritten) {
  EXPECT_EQ(CallSays({"open", "/usr/bin/env"}), "ok");
  EXPECT_EQ(CallSays({"open", "/usr/bin/usher-was-here", "wc"}), "EACCES");
  EXPECT_EQ(CallSays({"open", "/etc/usher-was-here", "wc"}), "EACCES");
  EXPECT_FALSE(Exists("/etc/usher-was-here"));
  EXPECT_EQ(CallSays({"open", "/dev/null", "w"}), "ok");
  EXPECT_EQ(CallSays({"open", "/dev/vda"}), Exists("/dev/vda") ? "EACCES" : "ENOENT");
  EXPECT_EQ(CallSays({"open", "/dev/mem"}), Exists("/dev/mem") ? "EACCES" : "ENOENT");
}

TEST_F(PolicyTest, UshersOwnFilesAreOutOfReach) {
  const std::string state = home() + "/.local/state/usher";
  EXPECT_EQ(Script("cat " + state + "/runs/*/events.jsonl; echo x > " + state + "/grants/x").out, "");
  EXPECT_EQ(CallSays({"open", state}), "ENOENT");
  EXPECT_EQ(CallSays({"open", home() + "/.config/usher/policy.toml", "wc"}), "ENOENT");
  EXPECT_FALSE(Exists(home() + "/.config/usher/policy.toml"));
  EXPECT_EQ(CallSays({"open", home() + "/.config"}), Exists(home() + "/.config") ? "ok" : "ENOENT");
}

// Who is replaced by what the sandbox wrote runs outside the next time.
TEST_F(PolicyTest, UsherAndItsApproverCannotBeReplaced) {
  const std::string usher = work() + "/build/usher", approver = work() + "/answer";
  const std::string approves = "#!/bin/sh\nexec cat >/dev/null\n";
  Write(approver, approves, 0755);
  Write(work() + "/theirs", "#!/bin/sh\n", 0755);
  ASSERT_EQ(NativeScript("mkdir build && cp " + Binary("usher") +
                         " build/usher && chmod 755 build/usher && ln -s build/usher u")
                .code,
            0);
  const std::string replace =
      "for to in build/usher answer; do cp theirs $to; echo x >> $to; cp theirs t; mv -f t $to; "
      "rm -f $to; chmod -x $to; ln -f theirs $to; ln $to second; done; mv build b; ";
  ProcessSpec spec =
      UsherSpec({"-q", "--approver", approver},
                {"sh", "-c", replace + "echo x > build/other && ./build/usher --version >/dev/null && echo works"});
  spec.argv[0] = work() + "/u";
  const Outcome outcome = RunToEnd(spec);
  EXPECT_EQ(outcome.out, "works\n") << outcome.err;
  EXPECT_EQ(NativeScript("cmp build/usher " + Binary("usher")).code, 0);
  EXPECT_EQ(Read(approver), approves);
  EXPECT_FALSE(Exists(work() + "/second"));
  EXPECT_EQ(NativeScript("test -x answer && test -x build/usher && echo x").out, "x\n");
  NativeScript(replace);
  EXPECT_FALSE(Exists(usher)) << "what was tried works without Usher";
  EXPECT_NE(Read(approver), approves);
}

TEST_F(PolicyTest, AProgramFromElsewhereIsAskedAbout) {
  Write(home() + "/downloads/tool", "#!/bin/sh\necho ran\n", 0755);
  Write(work() + "/tool", "#!/bin/sh\necho ran\n", 0755);
  EXPECT_EQ(Script("./tool; ~/downloads/tool").out, "ran\n");
  EXPECT_EQ(Usher(Approver({"* *tool once"}), {"sh", "-c", "~/downloads/tool"}).out, "ran\n");
  bool asked_exec = false;
  for (const Json& frame : Frames("request")) asked_exec |= frame["kind"] == "exec";
  EXPECT_TRUE(asked_exec);
}

TEST_F(PolicyTest, APolicyOfOnesOwnLoosensAndTightens) {
  Write(home() + "/notes.txt", "notes");
  Write(work() + "/README", "read me");
  Write(root() + "/policy.toml", "version = 1\n[files]\nread.allow = [\"~/notes.txt\"]\nread.deny = [\"./README\"]\n");
  const Outcome outcome = Usher({"-q", "--policy", root() + "/policy.toml"}, {"sh", "-c", "cat ~/notes.txt README"});
  EXPECT_EQ(outcome.out, "notes") << outcome.err;
  EXPECT_EQ(Script("cat ~/notes.txt README").out, "read me");
}

TEST_F(PolicyTest, AProjectTightensAndDoesNotLoosen) {
  Write(home() + "/notes.txt", "notes");
  Write(work() + "/README", "read me");
  Write(work() + "/.usher.toml", "version = 1\n[files]\nread.allow = [\"~/notes.txt\"]\nread.deny = [\"./README\"]\n");
  EXPECT_EQ(Script("cat ~/notes.txt README").out, "");
}

TEST_F(PolicyTest, PlainReadsAreCountedAndNotLogged) {
  Script("cat /etc/passwd > copy");
  const Json files = Predicate()["files"];
  EXPECT_GT(files["reads"], 0);
  EXPECT_TRUE(EventsOn("/etc/passwd").empty());
  EXPECT_EQ(EventsOn(work() + "/copy").size(), 1u);
}

}  // namespace
}  // namespace usher
