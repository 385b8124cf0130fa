// The judge: every attack of this folder works without Usher, fails with it, and leaves its harmless neighbour working.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "tests/escapes/escape.h"
#include "tests/escapes/traps.h"
#include "tests/support/box.h"
#include "tests/support/patience.h"
#include "tests/support/terminal_driver.h"

namespace usher::escapes {

// What gtest shows of a parameter.
static void PrintTo(const Escape& escape, std::ostream* out) { *out << escape.row; }

}  // namespace usher::escapes

namespace usher {
namespace {

using escapes::AllEscapes;
using escapes::Escape;
using escapes::World;

class EscapeTest : public Box, public ::testing::WithParamInterface<Escape>, protected escapes::Outside {
 protected:
  void SetUp() override {
    Box::SetUp();
    if (IsSkipped()) return;
    if (GetParam().needs_user && as_root()) GTEST_SKIP() << "root may do this with or without Usher";
    world_.root = root();
    Write(world_.secret(), World::secret_text());
    Write(world_.note(), "mine\n");
    if (GetParam().policy[0] != '\0') Write(home() + "/.config/usher/policy.toml", GetParam().policy);
    escapee_ = home() + "/.local/bin/escapee";
    MakeDirectory(home() + "/.local/bin");
    std::filesystem::copy_file(USHER_ESCAPEE, escapee_);
    if (GetParam().victim != nullptr) StartItsVictim();
    if (GetParam().prepare != nullptr) GetParam().prepare(*this);
  }

  void StartItsVictim() {
    Tell("VICTIM", std::to_string(StartVictim(Command("victim"))));
    const std::string ready = world_.home() + "/victim.ready";
    for (int i = 0; i < 5000 && !Exists(ready); ++i) Pause(1);
    Tell("FROM_VICTIM", Read(ready));
  }

  void TearDown() override {
    for (const int victim : victims_) {
      kill(victim, SIGKILL);
      waitpid(victim, nullptr, 0);
    }
    // What an attack left running natively is ours to end; under Usher nothing may be left, and Box looks.
    if (native_) {
      for (const std::string& left : ProcessesLeft()) kill(std::atoi(left.c_str()), SIGKILL);
    }
    Box::TearDown();
  }

  Words Command(const char* part) const { return {escapee_, part, GetParam().name, root()}; }
  // The person's shell goes on when the attack is over, and reads what was typed.
  Outcome OnTerminal(const ProcessSpec& spec) const;
  Outcome Alone(const Words& command) const {
    return GetParam().on_terminal ? OnTerminal(Spec(command)) : Native(command);
  }
  Outcome UnderUsher(const Words& command) const {
    // What is about the gate is tried with it.
    const Words options = std::string_view(GetParam().name).find("_gate_") == std::string_view::npos ? Words{"-q"} : Words{"-q", "--gate=workspace"};
    return GetParam().on_terminal ? OnTerminal(UsherSpec(options, command)) : Usher(options, command);
  }
  bool Escaped() { return GetParam().escaped(*this); }
  void Say(const char* how) { std::printf("%-18s %-36s %s\n", how, GetParam().name, GetParam().row); }

  // ---- escapes::Outside ----
  const World& world() const override { return world_; }
  unsigned user() const override { return Box::user(); }
  bool alone() const override { return native_; }
  void Write(const std::string& path, const std::string& text) override { Box::Write(path, text); }
  std::string Read(const std::string& path) const override { return Box::Read(path); }
  bool Exists(const std::string& path) const override { return Box::Exists(path); }
  void Tell(const std::string& name, const std::string& value) override { environment[name] = value; }
  std::string Told(const std::string& name) const override { return environment.at(name); }
  int StartVictim(const std::vector<std::string>& argv) override;
  bool VictimLives(int pid) const override {
    siginfo_t info{};
    Pause(50);  // a signal that was sent has arrived by then
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
  }
  int ListenTcp() override { return traps_.Tcp(); }
  int ListenUdp() override { return traps_.Udp(); }
  void ListenUnix(const std::string& path) override { traps_.Unix(path, user()); }
  bool WasReached() const override { return traps_.Sprung(); }

  bool native_ = false;

 private:
  World world_;
  std::string escapee_;
  std::vector<int> victims_;
  escapes::Traps traps_;
};

// Comes back when the program runs: until then it might still be the judge's own image, or root's.
int EscapeTest::StartVictim(const std::vector<std::string>& argv) {
  ProcessSpec spec = Spec(argv);
  spec.environment.erase("USHER_TEST_BOX");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    const int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) dup2(nothing, fd);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    BecomeUser(spec.user);
    ExecuteSpec(spec);
  }
  close(ends[1]);
  char byte;
  while (read(ends[0], &byte, 1) < 0 && errno == EINTR) continue;
  close(ends[0]);
  victims_.push_back(pid);
  return pid;
}

Outcome EscapeTest::OnTerminal(const ProcessSpec& spec) const {
  ProcessSpec shell = spec;
  shell.argv = {"sh", "-c",
                "\"$@\"; code=$?; stty -a > \"$HOME/settings\"; stty -icanon min 0 time 2; dd bs=400 count=1 > \"$HOME/typed\" 2> /dev/null; exit $code",
                "sh"};
  shell.argv.insert(shell.argv.end(), spec.argv.begin(), spec.argv.end());
  TerminalDriver terminal(shell);
  Outcome outcome;
  outcome.code = terminal.Wait();
  outcome.timed_out = outcome.code < 0;
  outcome.out = terminal.shown();
  return outcome;
}

TEST_P(EscapeTest, WorksWithoutUsher) {
  if (GetParam().needs_usher[0] != '\0') GTEST_SKIP() << GetParam().needs_usher;
  native_ = true;
  const Outcome outcome = Alone(Command("attack"));
  if (outcome.code == escapes::kCannotTry) {
    GTEST_SKIP() << (outcome.out.empty() ? "this host or this user lacks what the attack needs" : outcome.out);
  }
  EXPECT_TRUE(Escaped()) << "no evidence: this attack proves nothing\n" << outcome.out << outcome.err;
  Say("works alone");
}

TEST_P(EscapeTest, FailsWithUsher) {
  const Outcome outcome = UnderUsher(Command("attack"));
  EXPECT_FALSE(Escaped()) << outcome.out << outcome.err;
  EXPECT_FALSE(outcome.timed_out);
  Say(HasFailure() ? "ESCAPED" : "held");
}

class EscapeTwinTest : public EscapeTest {};

TEST_P(EscapeTwinTest, WorksWithUsher) {
  const Outcome outcome = UnderUsher(Command("twin"));
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}

std::vector<Escape> EscapesWithTwin() {
  std::vector<Escape> found;
  for (const Escape& escape : AllEscapes()) {
    if (escape.twin != nullptr) found.push_back(escape);
  }
  return found;
}

std::string NameOfParam(const ::testing::TestParamInfo<Escape>& test) { return test.param.name; }

INSTANTIATE_TEST_SUITE_P(All, EscapeTest, ::testing::ValuesIn(AllEscapes()), &NameOfParam);
INSTANTIATE_TEST_SUITE_P(All, EscapeTwinTest, ::testing::ValuesIn(EscapesWithTwin()), &NameOfParam);

}  // namespace
}  // namespace usher
