#include "supervisor/confine/launcher.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policies/text.h"
#include "supervisor/confine/filter.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/notify.h"
#include "supervisor/kernel/process.h"
#include "supervisor/kernel/ptrace.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
constexpr int kPatience = 20'000;  // milliseconds; nothing waits that long unless it is broken

// A launch as a whole.
struct Order : LaunchRequest, Confinement {};

absl::StatusOr<Launched> LaunchNow(const Order& order) {
  auto launch = Launch::Start(order);
  if (!launch.ok()) return launch.status();
  if (absl::Status status = launch->Confine(order); !status.ok()) return status;
  return launch->Await();
}

Order Shell(const std::string& script) {
  Order request;
  request.program = "/bin/sh";
  request.argv = {"sh", "-c", script};
  request.environment = {"PATH=/usr/bin:/bin", "NAME=value"};
  request.directory = "/";
  request.filter = NotifyFilter();
  sigemptyset(&request.signal_mask);
  return request;
}

// Lets the kernel do every call that is held, until the command's end is told or `enough` says so.
std::optional<CommandEnd> Serve(
    Launched& launched, const std::function<bool()>& enough = [] { return false; }) {
  Listener listener(std::move(launched.listener));
  pollfd fds[] = {{listener.fd(), POLLIN, 0}, {launched.ends.get(), POLLIN, 0}};
  while (!enough()) {
    if (poll(fds, 2, kPatience) <= 0) return std::nullopt;
    if ((fds[0].revents & POLLIN) != 0) {
      const auto held = listener.Receive();
      if (held.ok()) (void)listener.SendContinue(held->id);
      continue;
    }
    if (fds[1].revents != 0) {
      CommandEnd end;
      if (read(launched.ends.get(), &end, sizeof(end)) != sizeof(end)) return std::nullopt;
      return end;
    }
    fds[0].fd = -1;  // hung up: nobody is left who could be held
  }
  return std::nullopt;
}

// The keeper ends by itself once the sandbox is empty.
bool KeeperEnds(const Launched& launched) {
  pollfd fd{launched.keeper_pidfd.get(), POLLIN, 0};
  if (poll(&fd, 1, kPatience) != 1) return false;
  return waitpid(launched.keeper, nullptr, 0) == launched.keeper;
}

std::optional<CommandEnd> RunToEnd(const Order& request) {
  auto launched = LaunchNow(request);
  EXPECT_TRUE(launched.ok()) << launched.status();
  if (!launched.ok()) return std::nullopt;
  const auto end = Serve(*launched);
  EXPECT_TRUE(KeeperEnds(*launched));
  return end;
}

class LauncherTest : public ::testing::Test {
 protected:
  // What a script says, run in the box; its redirection is one of the calls that are held.
  std::string Says(
      const std::string& script, const std::function<void(Order&)>& change = [](auto&) {}) {
    Order request = Shell(Concat("{ ", script, "\n} > ", temporary_ / "out"));
    change(request);
    const auto end = RunToEnd(request);
    EXPECT_TRUE(end && end->wait_status == 0);
    return Contents(temporary_ / "out");
  }
  std::string Field(const std::string& status, const std::string& name) {
    for (const std::string_view line : Split(status, '\n')) {
      if (line.rfind(name + ":", 0) == 0) return std::string(line.substr(line.find_last_of("\t ") + 1));
    }
    return "none";
  }
  TemporaryDirectory temporary_;
};

TEST_F(LauncherTest, TellsHowTheCommandEnded) {
  const auto exited = RunToEnd(Shell("exit 7"));
  ASSERT_TRUE(exited);
  EXPECT_TRUE(WIFEXITED(exited->wait_status));
  EXPECT_EQ(WEXITSTATUS(exited->wait_status), 7);
  EXPECT_GT(exited->max_rss_kb, 0);
  const auto killed = RunToEnd(Shell("kill -KILL $$"));
  ASSERT_TRUE(killed);
  EXPECT_TRUE(WIFSIGNALED(killed->wait_status));
  EXPECT_EQ(WTERMSIG(killed->wait_status), SIGKILL);
}

TEST_F(LauncherTest, CommandsThatCannotRun) {
  Order missing = Shell("");
  missing.program = temporary_ / "missing";
  EXPECT_EQ(WEXITSTATUS(RunToEnd(missing)->wait_status), 127);
  WriteText(temporary_ / "text", "exit 9\n");
  Order plain = Shell("");
  plain.program = temporary_ / "text";
  plain.argv = {"text"};
  EXPECT_EQ(WEXITSTATUS(RunToEnd(plain)->wait_status), 126);
  chmod(plain.program.c_str(), 0755);
  EXPECT_EQ(WEXITSTATUS(RunToEnd(plain)->wait_status), 9) << "without \"#!\" it is the shell's";
}

TEST_F(LauncherTest, ArgumentsAndSurroundingsArrive) {
  EXPECT_EQ(Says("pwd; echo $NAME $HOME."), "/\nvalue .\n");
  EXPECT_EQ(Says("pwd", [&](Order& request) { request.directory = temporary_.path(); }), temporary_.path() + "\n");
}

TEST_F(LauncherTest, HasNoPrivilegesLeft) {
  const std::string status = Says("cat /proc/self/status");
  EXPECT_EQ(Field(status, "NoNewPrivs"), "1");
  EXPECT_EQ(Field(status, "Seccomp"), "2");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    EXPECT_EQ(Field(status, set), "0000000000000000") << set;
  if (geteuid() == 0) {
    EXPECT_EQ(Field(status, "CapBnd"), "0000000000000000");
  }
}

TEST_F(LauncherTest, LeadsASessionOfItsOwn) {
  const auto stat = ParseProcStat(Says("cat /proc/$$/stat"));
  ASSERT_TRUE(stat.ok());
  EXPECT_EQ(stat->group, stat->session);
  EXPECT_NE(stat->session, getsid(0));
  EXPECT_EQ(stat->terminal, 0);
}

TEST_F(LauncherTest, InheritsNothingButStandardStreams) {
  const UniqueFd inherited(open("/etc/passwd", O_RDONLY)), high(fcntl(inherited.get(), F_DUPFD, 700));
  ASSERT_TRUE(inherited && high);
  const std::string list = Says("ls /proc/$$/fd");
  // The shell keeps its own output beside (from 10 on) while the braces are redirected.
  std::vector<std::string_view> low;
  for (const std::string_view fd : SplitSkipEmpty(list, '\n')) {
    if (fd.size() == 1) low.push_back(fd);
  }
  EXPECT_THAT(low, ElementsAre("0", "1", "2"));
  EXPECT_THAT(list, Not(HasSubstr(Concat(high.get()))));
}

TEST_F(LauncherTest, WritesNoCoreFiles) { EXPECT_EQ(Says("ulimit -c; ulimit -H -c"), "0\n0\n"); }

TEST_F(LauncherTest, SignalsAreAsTheyWere) {
  constexpr uint64_t kUser1 = 1u << (SIGUSR1 - 1), kPipe = 1u << (SIGPIPE - 1);
  const auto bits = [&](const std::string& text, const char* name) {
    return std::stoull(Field(text, name), nullptr, 16);
  };
  // Not through a shell, which would change them.
  const auto status = [&](const std::function<void(Order&)>& change) {
    Order request = Shell("");
    unlink((temporary_ / "status").c_str());  // cp made it read-only
    request.program = "/bin/cp";
    request.argv = {"cp", "/proc/self/status", temporary_ / "status"};
    change(request);
    EXPECT_EQ(RunToEnd(request)->wait_status, 0);
    return Contents(temporary_ / "status");
  };
  const std::string plain = status([](Order&) {});
  EXPECT_EQ(bits(plain, "SigBlk"), 0u);
  EXPECT_EQ(bits(plain, "SigIgn") & kPipe, 0u);
  const std::string kept = status([](Order& request) {
    sigaddset(&request.signal_mask, SIGUSR1);
    request.ignore_sigpipe = true;
  });
  EXPECT_EQ(bits(kept, "SigBlk"), kUser1);
  EXPECT_EQ(bits(kept, "SigIgn") & kPipe, kPipe);
}

TEST_F(LauncherTest, ATerminalBecomesTheControllingOne) {
  int master = -1, slave = -1;
  ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  const UniqueFd ours(master), theirs(slave);
  const std::string name = ptsname(master);
  const std::string said = Says("tty < /dev/tty; tty; cat /proc/$$/stat", [&](Order& request) {
    request.terminal = slave;
    request.replace_stdio = {true, false, false};
  });
  const std::vector<std::string_view> lines = Split(said, '\n');
  ASSERT_GE(lines.size(), 3u);
  EXPECT_EQ(lines[0], "/dev/tty");
  EXPECT_EQ(lines[1], name);
  EXPECT_NE(ParseProcStat(lines[2])->terminal, 0);
}

TEST_F(LauncherTest, SaysWhichStageFailed) {
  Order nowhere = Shell("exit 0");
  nowhere.directory = temporary_ / "missing";
  const auto no_directory = LaunchNow(nowhere);
  ASSERT_FALSE(no_directory.ok());
  EXPECT_THAT(std::string(no_directory.status().message()), HasSubstr("chdir"));
  EXPECT_EQ(ErrnoOf(no_directory.status()), ENOENT);
  const sock_filter bad[] = {{0xffff, 0, 0, 0}};
  Order broken = Shell("exit 0");
  broken.filter = bad;
  const auto no_filter = LaunchNow(broken);
  ASSERT_FALSE(no_filter.ok());
  EXPECT_THAT(std::string(no_filter.status().message()), HasSubstr("seccomp"));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "both keepers are gone";
}

// Seized before it runs anything of the request: its very execve is the first call that stops.
TEST_F(LauncherTest, ATracedCommandStopsAtItsFirstCall) {
  Order request = Shell("exit 0");
  request.filter = TraceFilter();
  request.calls_go = CallsGo::kToTracer;
  auto launch = Launch::Start(request);
  ASSERT_TRUE(launch.ok() && launch->Confine(request).ok());
  auto launched = launch->Await();
  ASSERT_TRUE(launched.ok()) << launched.status();
  EXPECT_FALSE(launched->listener);
  EXPECT_EQ(launched->listener_error, 0) << "nobody further up listens";
  ASSERT_TRUE(launch->LetGo(*launched).ok());
  int raw = 0;
  ASSERT_EQ(waitpid(launched->command, &raw, __WALL), launched->command);
  EXPECT_TRUE(WaitStatus(raw).SeccompStop());
  const auto call = ReadCall(launched->command);
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->nr, SYS_execve);
  kill(launched->command, SIGKILL);
  while (waitpid(launched->command, &raw, __WALL) == launched->command && !WaitStatus(raw).Exited()) continue;
  EXPECT_TRUE(KeeperEnds(*launched));
}

// Whatever ends the command's process before it could speak: an error, and not a wait for ever.
TEST_F(LauncherTest, AChildThatDiesUnconfinedIsAnError) {
  const sock_filter kills_write[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  Order request = Shell("exit 0");
  request.filter = kills_write;
  alarm(20);  // ends the test program should Launch never return
  EXPECT_FALSE(LaunchNow(request).ok());
  alarm(0);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(LauncherTest, AnEnvironmentOfAnySizeArrives) {
  const std::string large(120'000, 'x');
  const std::string said = Says("echo ${#A} ${#B} ${#C} $D.", [&](Order& order) {
    for (const char* name : {"A=", "B=", "C="}) order.environment.push_back(name + large);
    order.environment.push_back("D=last");
  });
  EXPECT_EQ(said, "120000 120000 120000 last.\n");
}

// A policy that cannot be read, say: nothing was run, and nothing is left.
TEST_F(LauncherTest, ALaunchThatIsGivenUpLeavesNothing) {
  Order order = Shell(Concat("echo ran > ", temporary_ / "ran"));
  order.temporary = temporary_ / "private";
  {
    auto launch = Launch::Start(order);
    ASSERT_TRUE(launch.ok()) << launch.status();
    for (int i = 0; i < kPatience && access(order.temporary.c_str(), F_OK) != 0; ++i) usleep(1000);
    EXPECT_EQ(access(order.temporary.c_str(), F_OK), 0);
  }
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_NE(access(order.temporary.c_str(), F_OK), 0);
  EXPECT_NE(access((temporary_ / "ran").c_str(), F_OK), 0);
  { const auto at_once = Launch::Start(order); }
  EXPECT_NE(access(order.temporary.c_str(), F_OK), 0);
}

// ---- nobody survives ----

// A tree that does what it can to stay: another session, a daemon whose parent is gone, a process that is stopped, one
// that takes no hint. Each writes its number to a file.
std::string StubbornTree(const std::string& file) {
  return Concat("cd /; note() { echo $1 >> ", file, "; }\n",
                "note $$\n"
                "sleep 1000 & note $!\n"
                "setsid sh -c 'echo $$ >> ",
                file,
                "; sleep 1000; :' &\n"
                "sh -c 'sh -c \"echo \\$\\$ >> ",
                file,
                "; trap : TERM HUP INT; while :; do sleep 1000; done\" & exit 0'\n"
                "sh -c 'echo $$ >> ",
                file,
                "; kill -STOP $$; sleep 1000' &\n"
                "wait\nsleep 1000\n");
}
constexpr size_t kStubborn = 5;

std::vector<int32_t> Numbers(const std::string& file) {
  std::vector<int32_t> pids;
  const std::string text = Contents(file);
  for (const std::string_view line : SplitSkipEmpty(text, '\n')) {
    int32_t pid = 0;
    if (ParseNumber(line, &pid)) pids.push_back(pid);
  }
  return pids;
}

std::vector<UniqueFd> Pin(const std::vector<int32_t>& pids) {
  std::vector<UniqueFd> pinned;
  for (const int32_t pid : pids) {
    auto fd = PidfdOpen(pid);
    EXPECT_TRUE(fd.ok()) << pid;
    if (fd.ok()) pinned.push_back(*std::move(fd));
  }
  return pinned;
}

bool Gone(const UniqueFd& pidfd) {
  pollfd fd{pidfd.get(), POLLIN, 0};
  return poll(&fd, 1, kPatience) == 1;
}

TEST_F(LauncherTest, NobodyOutlivesAKilledSupervisor) {
  const std::string file = temporary_ / "pids";
  const pid_t supervisor = fork();
  if (supervisor == 0) {
    auto launched = LaunchNow(Shell(StubbornTree(file)));
    if (!launched.ok()) _exit(1);
    WriteText(file + ".keeper", Concat(launched->keeper, "\n"));
    Serve(*launched);
    _exit(2);
  }
  const auto start = std::chrono::steady_clock::now();
  while (Numbers(file).size() < kStubborn && std::chrono::steady_clock::now() - start < std::chrono::seconds(20)) {
    usleep(2000);
  }
  std::vector<int32_t> pids = Numbers(file);
  ASSERT_EQ(pids.size(), kStubborn);
  pids.push_back(Numbers(file + ".keeper").at(0));
  const std::vector<UniqueFd> pinned = Pin(pids);
  kill(supervisor, SIGKILL);
  waitpid(supervisor, nullptr, 0);
  for (size_t i = 0; i < pinned.size(); ++i) EXPECT_TRUE(Gone(pinned[i])) << i << ": " << pids[i];
}

TEST_F(LauncherTest, NobodyOutlivesAKeeperThatIsToldToEnd) {
  const std::string file = temporary_ / "pids";
  auto launched = LaunchNow(Shell(StubbornTree(file)));
  ASSERT_TRUE(launched.ok()) << launched.status();
  const auto listener = launched->listener.get();
  ASSERT_GE(listener, 0);
  bool told = false;
  std::vector<UniqueFd> pinned;
  const auto end = Serve(*launched, [&] {
    if (!told && Numbers(file).size() == kStubborn) {
      pinned = Pin(Numbers(file));
      told = PidfdKill(launched->keeper_pidfd.get(), SIGTERM).ok();
    }
    return false;
  });
  ASSERT_TRUE(end);
  EXPECT_EQ(WTERMSIG(end->wait_status), SIGKILL);
  EXPECT_EQ(pinned.size(), kStubborn);
  for (const UniqueFd& pidfd : pinned) EXPECT_TRUE(Gone(pidfd));
  EXPECT_TRUE(KeeperEnds(*launched));
}

// What the command leaves running goes on, and is the keeper's: usher decides when it ends.
// What lives on has its libraries: without a listener it could open no more of them.
TEST_F(LauncherTest, TheKeeperStaysAsLongAsAnybodyLives) {
  const std::string file = temporary_ / "pids";
  auto launched =
      LaunchNow(Shell(Concat("sleep 1000 & echo $! > ", file,
                             "; until grep -q sleep /proc/$!/comm && grep -q libc /proc/$!/maps; do :; done")));
  ASSERT_TRUE(launched.ok()) << launched.status();
  const auto end = Serve(*launched);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->wait_status, 0);
  const std::vector<int32_t> left = Numbers(file);
  ASSERT_EQ(left.size(), 1u);
  const auto pinned = Pin(left);
  EXPECT_EQ(ReadProcStat(left[0])->parent, launched->keeper);
  EXPECT_EQ(waitpid(launched->keeper, nullptr, WNOHANG), 0);
  EXPECT_TRUE(PidfdKill(launched->keeper_pidfd.get(), SIGTERM).ok());
  EXPECT_TRUE(Gone(pinned[0]));
  EXPECT_TRUE(KeeperEnds(*launched));
}

TEST_F(LauncherTest, DropsEveryCapabilityOfTheCaller) {
  const pid_t child = fork();
  if (child == 0) {
    if (!DropCapabilities().ok()) _exit(1);
    const std::string status = Contents("/proc/self/status");
    _exit(status.find("CapEff:\t0000000000000000") != std::string::npos &&
                  status.find("CapPrm:\t0000000000000000") != std::string::npos && DropCapabilities().ok()
              ? 0
              : 2);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace usher
