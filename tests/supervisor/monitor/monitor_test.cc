#include "supervisor/monitor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/remote_memory.h"
#include "tests/supervisor/approval/fake_prompter.h"
#include "tests/support/fake_interceptor.h"
#include "tests/support/forked_tracee.h"
#include "tests/support/temporary_directory.h"

namespace usher {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Where names stand in the tracee: it is forked from here, so that these addresses are its own as well.
std::array<char, 4096> g_names;

std::string Named(const Reply& reply) {
  if (const auto* error = std::get_if<ReplyError>(&reply)) return Concat("errno ", error->error);
  if (const auto* value = std::get_if<ReplyValue>(&reply)) return Concat("value ", value->value);
  return std::holds_alternative<ReplyFd>(reply) ? "descriptor" : "continue";
}
std::string Errno(int error) { return Concat("errno ", error); }

class MonitorTest : public ::testing::Test {
 protected:
  MonitorTest()
      : rules_(Layers()),
        grants_(*GrantStore::Open(root_ / "grants", root_.path())),
        log_(*AuditLog::Create(root_ / "log", {.id = "s-1"})),
        processes_(getpid()),
        workers_(loop_, 4),
        names_(loop_, {}) {
    for (const char* directory : {"open", "ask", "deny", "hide"}) mkdir((root_ / directory).c_str(), 0755);
    for (const char* file : {"open/f", "ask/f", "deny/f", "hide/f"}) WriteText(root_ / file, "text");
    WriteText(root_ / "open/program",
              "\x7f"
              "ELF");
    chmod((root_ / "open/program").c_str(), 0755);
    approvals_.emplace(
        loop_, grants_, LadderContext{"/nowhere", root_.path()},
        [this](const Operation& operation) { return monitor_->Judge(operation); }, Approvals::Limits{});
    auto prompter = std::make_unique<FakePrompter>();
    prompter_ = prompter.get();
    approvals_->AddPrompter(std::move(prompter));
    monitor_.emplace(Monitor::House{loop_, interceptor_, rules_, grants_, *approvals_, log_, summary_, processes_,
                                    belongings_, workers_, names_},
                     /*log_reads=*/false,
                     Monitor::Callbacks{.on_empty = [this] { ++emptied_; },
                                        .on_stop = [this] { ++stopped_; },
                                        .on_trouble = [this](const std::string& text) { trouble_.push_back(text); }});
    EXPECT_TRUE(monitor_->Start().ok());
  }

  std::vector<Policy> Layers() const {
    Policy policy;
    policy.name = policy.origin = "test";
    const std::pair<const char*, Verdict> verdicts[] = {
        {"open", Verdict::kAllow}, {"ask", Verdict::kAsk}, {"deny", Verdict::kDeny}, {"hide", Verdict::kHide}};
    for (const auto& [directory, verdict] : verdicts) {
      for (const RuleUse use : {RuleUse::kRead, RuleUse::kWrite, RuleUse::kExec}) {
        policy.files.push_back({.use = use, .verdict = verdict, .pattern = root_ / directory, .text = directory});
      }
    }
    std::vector<Policy> layers;
    layers.push_back(std::move(policy));
    return layers;
  }

  // A call of the tracee; strings are put where it can point to them. The name's place in `args` is 0.
  uint64_t Call(const std::string& name, std::vector<uint64_t> args, const std::string& text = "",
                size_t text_arg = 0) {
    if (!text.empty()) {
      std::memcpy(g_names.data(), text.c_str(), text.size() + 1);
      args.at(text_arg) = reinterpret_cast<uint64_t>(g_names.data());
    }
    if (!tracee_ || !text.empty()) tracee_.emplace();
    SyscallEvent event{.id = ++last_id_, .tid = tracee_->pid(), .nr = seccomp_syscall_resolve_name(name.c_str())};
    std::copy(args.begin(), args.end(), event.args.begin());
    interceptor_.Push(event);
    return event.id;
  }
  uint64_t Open(const std::string& path, int flags) {
    return Call("openat", {static_cast<uint64_t>(AT_FDCWD), 0, static_cast<uint64_t>(flags), 0644}, root_ / path, 1);
  }
  uint64_t MakeDirectory(const std::string& path) {
    return Call("mkdirat", {static_cast<uint64_t>(AT_FDCWD), 0, 0755}, root_ / path, 1);
  }

  void Settle() {
    for (int i = 0; i < 8; ++i) loop_.RunOnce(milliseconds(0));
  }
  void RunUntil(const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    bool there = reached();
    while (!there && std::chrono::steady_clock::now() < end) {
      loop_.RunOnce(milliseconds(5));
      there = reached();
    }
    ASSERT_TRUE(there);
  }
  std::vector<std::string> Replies(uint64_t id) {
    std::vector<std::string> named;
    for (const Reply& reply : interceptor_.replies[id]) named.push_back(Named(reply));
    return named;
  }
  std::vector<std::string> AnswerTo(uint64_t id) {
    Settle();
    return Replies(id);
  }
  bool Exists(const std::string& name) const { return access((root_ / name).c_str(), F_OK) == 0; }

  TemporaryDirectory root_;
  EventLoop loop_;
  FakeInterceptor interceptor_;
  Ruleset rules_;
  GrantStore grants_;
  AuditLog log_;
  Summary summary_{Redactor()};
  ProcessTable processes_;
  Belongings belongings_;
  Workers workers_;
  NameBook names_;
  std::optional<Approvals> approvals_;
  std::optional<Monitor> monitor_;
  std::optional<ForkedTracee> tracee_;
  FakePrompter* prompter_ = nullptr;
  std::vector<std::string> trouble_;
  int emptied_ = 0, stopped_ = 0;
  uint64_t last_id_ = 0;
};

TEST_F(MonitorTest, NumbersThatNobodyMediatesAreMissing) {
  tracee_.emplace();
  for (const int nr : {5000, -1, INT32_MAX, INT32_MIN, seccomp_syscall_resolve_name("read")}) {
    interceptor_.Push({.id = ++last_id_, .tid = tracee_->pid(), .nr = nr});
    EXPECT_THAT(AnswerTo(last_id_), ElementsAre(Errno(ENOSYS))) << nr;
  }
}

TEST_F(MonitorTest, VerdictsBecomeReplies) {
  EXPECT_THAT(AnswerTo(Open("open/f", O_RDONLY)), ElementsAre("descriptor"));
  EXPECT_THAT(AnswerTo(Open("deny/f", O_RDONLY)), ElementsAre(Errno(EACCES)));
  EXPECT_THAT(AnswerTo(Open("hide/f", O_RDONLY)), ElementsAre(Errno(ENOENT)));
  EXPECT_THAT(AnswerTo(Open("open/missing", O_RDONLY)), ElementsAre(Errno(ENOENT)));
  EXPECT_THAT(AnswerTo(MakeDirectory("open/d")), ElementsAre("value 0"));
  EXPECT_TRUE(Exists("open/d"));
  EXPECT_THAT(AnswerTo(MakeDirectory("deny/d")), ElementsAre(Errno(EACCES)));
  EXPECT_FALSE(Exists("deny/d"));
  EXPECT_EQ(summary_.reads(), 1u);
}

TEST_F(MonitorTest, MemoryThatCannotBeReadNeverContinues) {
  for (const char* name : {"openat", "execve", "mkdirat", "unlinkat", "renameat2", "utimensat"}) {
    std::vector<uint64_t> nowhere(6, 0xdead0000);
    const uint64_t id = Call(name, nowhere);
    EXPECT_THAT(AnswerTo(id), ElementsAre(Errno(EFAULT))) << name;
  }
}

TEST_F(MonitorTest, ACallerThatIsGoneGetsAnErrnoAtMost) {
  const uint64_t id = ++last_id_;
  tracee_.emplace();
  const pid_t pid = tracee_->pid();
  tracee_.reset();
  interceptor_.Push({.id = id, .tid = pid, .nr = seccomp_syscall_resolve_name("openat"), .args = {0, 0x1000}});
  Settle();
  ASSERT_THAT(Replies(id), SizeIs(1));
  EXPECT_THAT(Replies(id)[0], HasSubstr("errno"));
}

// All that was read may have been another's by now: nothing is done.
TEST_F(MonitorTest, WhatIsNoLongerHeldIsNotDone) {
  interceptor_.gone.insert(last_id_ + 1);
  const uint64_t id = MakeDirectory("open/d");
  EXPECT_THAT(AnswerTo(id), ElementsAre(Errno(ESRCH)));
  EXPECT_FALSE(Exists("open/d"));
  EXPECT_THAT(AnswerTo(MakeDirectory("open/d")), ElementsAre("value 0"));
}

// ---- the log ----

class FullDisk {
 public:
  explicit FullDisk(const std::string& file) : before_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_);
    struct stat status {};
    stat(file.c_str(), &status);
    const rlimit full{static_cast<rlim_t>(status.st_size), old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &old_);
    signal(SIGXFSZ, before_);
  }

 private:
  rlimit old_{};
  sighandler_t before_;
};

// A signal takes the caller away after the deed. EINTR said that nothing was done, so the same call is to come off.
TEST_F(MonitorTest, WhatWasDoneForNobodyIsDoneOnce) {
  interceptor_.killably = false;
  interceptor_.lost.insert(last_id_ + 1);
  EXPECT_THAT(AnswerTo(MakeDirectory("open/new")), IsEmpty());
  EXPECT_TRUE(Exists("open/new"));
  const SyscallEvent again{.id = ++last_id_,
                           .tid = tracee_->pid(),
                           .nr = seccomp_syscall_resolve_name("mkdirat"),
                           .args = {static_cast<uint64_t>(AT_FDCWD), reinterpret_cast<uint64_t>(g_names.data()), 0755}};
  for (const char* answer : {"value 0", "errno 17"}) {
    SyscallEvent event = again;
    event.id = ++last_id_;
    interceptor_.Push(event);
    EXPECT_THAT(AnswerTo(event.id), ElementsAre(answer)) << "and it is told so once";
    std::this_thread::sleep_for(LostAnswers::kLately * 1.1);  // nor while it is known that signals come
  }
}

TEST_F(MonitorTest, WhoHasTheFileAlreadyIsToldItsNumber) {
  interceptor_.killably = false;
  interceptor_.lost.insert(last_id_ + 1);
  EXPECT_THAT(AnswerTo(Open("open/new", O_WRONLY | O_CREAT | O_EXCL)), IsEmpty());
  interceptor_.has_already = 7;
  for (const char* answer : {"value 7", "errno 17"}) {
    EXPECT_THAT(AnswerTo(Call("openat", {static_cast<uint64_t>(AT_FDCWD), reinterpret_cast<uint64_t>(g_names.data()),
                                         O_WRONLY | O_CREAT | O_EXCL, 0644})),
                ElementsAre(answer));
    std::this_thread::sleep_for(LostAnswers::kLately * 1.1);
  }
}

TEST_F(MonitorTest, WhoAsksTwiceIsRefusedTheSecondTime) {
  interceptor_.killably = false;
  EXPECT_THAT(AnswerTo(MakeDirectory("open/new")), ElementsAre("value 0"));
  SyscallEvent again{.id = ++last_id_,
                     .tid = tracee_->pid(),
                     .nr = seccomp_syscall_resolve_name("mkdirat"),
                     .args = {static_cast<uint64_t>(AT_FDCWD), reinterpret_cast<uint64_t>(g_names.data()), 0755}};
  interceptor_.Push(again);
  EXPECT_THAT(AnswerTo(again.id), ElementsAre("errno 17")) << "no signal has been seen";
}

TEST_F(MonitorTest, WithoutALogNothingIsAllowed) {
  {
    const FullDisk full(root_ / "log");
    EXPECT_THAT(AnswerTo(Open("open/new", O_WRONLY | O_CREAT)), ElementsAre(Errno(EIO)));
    EXPECT_THAT(AnswerTo(MakeDirectory("open/d")), ElementsAre(Errno(EIO)));
    EXPECT_THAT(AnswerTo(Call("execve", {0, 0, 0}, root_ / "open/program")), ElementsAre(Errno(EIO)));
    EXPECT_THAT(AnswerTo(Open("deny/f", O_RDONLY)), ElementsAre(Errno(EACCES)));
    EXPECT_THAT(AnswerTo(Open("open/f", O_RDONLY)), ElementsAre("descriptor")) << "it has no line of its own";
    ASSERT_THAT(trouble_, SizeIs(1)) << "said once";
    EXPECT_THAT(trouble_[0], HasSubstr("cannot write the log"));
  }
  EXPECT_THAT(AnswerTo(MakeDirectory("open/e")), ElementsAre("value 0"));
}

// ---- questions ----

TEST_F(MonitorTest, AYesIsDoneOnce) {
  const uint64_t id = Open("ask/f", O_WRONLY);
  EXPECT_THAT(AnswerTo(id), IsEmpty());
  ASSERT_THAT(prompter_->shown, SizeIs(1));
  prompter_->Reply(Choice::kAllow);
  EXPECT_THAT(AnswerTo(id), ElementsAre("descriptor"));
  prompter_->Reply(Choice::kAllow);
  prompter_->Reply(Choice::kDeny);
  EXPECT_THAT(AnswerTo(id), ElementsAre("descriptor"));
  EXPECT_THAT(AnswerTo(Open("ask/f", O_WRONLY)), IsEmpty()) << "once was once";
  EXPECT_THAT(prompter_->shown, SizeIs(2));
}

// git asks in this way whether its own directory is empty.
TEST_F(MonitorTest, NobodyIsAskedWhetherADirectoryMayGoThatIsNotEmpty) {
  for (const char* directory : {"ask/full", "ask/full/x", "ask/empty"}) mkdir((root_ / directory).c_str(), 0755);
  const auto remove_directory = [this](const char* name) {
    return Call("unlinkat", {static_cast<uint64_t>(AT_FDCWD), 0, AT_REMOVEDIR}, root_ / name, 1);
  };
  EXPECT_THAT(AnswerTo(remove_directory("ask/full")), ElementsAre(Errno(ENOTEMPTY)));
  EXPECT_THAT(prompter_->shown, SizeIs(0));
  EXPECT_THAT(AnswerTo(remove_directory("ask/empty")), IsEmpty());
  EXPECT_THAT(prompter_->shown, SizeIs(1));
}

// A name is looked up once more by the deed: a yes to one thing moves no other.
TEST_F(MonitorTest, AYesToWhatIsNoLongerThereIsAskedAnew) {
  const auto remove = [this] { return Call("unlinkat", {static_cast<uint64_t>(AT_FDCWD), 0, 0}, root_ / "ask/f", 1); };
  const uint64_t id = remove();
  EXPECT_THAT(AnswerTo(id), IsEmpty());
  WriteText(root_ / "other", "other");
  ASSERT_EQ(rename((root_ / "other").c_str(), (root_ / "ask/f").c_str()), 0);
  prompter_->Reply(Choice::kAllow);
  EXPECT_THAT(AnswerTo(id), IsEmpty());
  EXPECT_THAT(prompter_->shown, SizeIs(2));
  EXPECT_TRUE(Exists("ask/f"));
  prompter_->Reply(Choice::kAllow);
  EXPECT_THAT(AnswerTo(id), ElementsAre("value 0"));
  EXPECT_FALSE(Exists("ask/f"));
}

TEST_F(MonitorTest, ANoIsARefusal) {
  const uint64_t id = MakeDirectory("ask/d");
  EXPECT_THAT(AnswerTo(id), IsEmpty());
  prompter_->Reply(Choice::kDeny);
  EXPECT_THAT(AnswerTo(id), ElementsAre(Errno(EACCES)));
  EXPECT_FALSE(Exists("ask/d"));
}

TEST_F(MonitorTest, StoppingTheAgentIsToldAndRefuses) {
  const uint64_t id = MakeDirectory("ask/d");
  Settle();
  prompter_->Reply(Choice::kStopAgent);
  EXPECT_THAT(AnswerTo(id), ElementsAre(Errno(EACCES)));
  EXPECT_EQ(stopped_, 1);
}

TEST_F(MonitorTest, ARefusalOutweighsAQuestion) {
  const uint64_t id = Call("rename", {0, 0}, root_ / "ask/f");
  (void)id;
  // Both names at once: one is asked about, the other is denied.
  const std::string from = root_ / "ask/f", to = root_ / "deny/g";
  std::memcpy(g_names.data() + 2048, to.c_str(), to.size() + 1);
  const uint64_t both = Call("renameat",
                             {static_cast<uint64_t>(AT_FDCWD), 0, static_cast<uint64_t>(AT_FDCWD),
                              reinterpret_cast<uint64_t>(g_names.data() + 2048)},
                             from, 1);
  EXPECT_THAT(AnswerTo(both), ElementsAre(Errno(EACCES)));
  EXPECT_THAT(prompter_->shown, IsEmpty());
  EXPECT_TRUE(Exists("ask/f"));
}

TEST_F(MonitorTest, AQuestionDiesWithWhoeverAsked) {
  const uint64_t id = Open("ask/f", O_WRONLY);
  Settle();
  ASSERT_THAT(prompter_->shown, SizeIs(1));
  EXPECT_THAT(prompter_->withdrawn, IsEmpty());
  interceptor_.gone.insert(id);
  RunUntil([&] { return !prompter_->withdrawn.empty(); });
  EXPECT_THAT(prompter_->withdrawn, SizeIs(1));
  EXPECT_THAT(Replies(id), ElementsAre(Errno(ESRCH))) << "should it live after all";
}

// The answer comes when the caller is gone, and nobody has noticed yet.
TEST_F(MonitorTest, AYesToADeadCallerDoesNothing) {
  const uint64_t id = MakeDirectory("ask/d");
  Settle();
  interceptor_.gone.insert(id);
  prompter_->Reply(Choice::kAllow);
  EXPECT_THAT(AnswerTo(id), ElementsAre(Errno(ESRCH)));
  EXPECT_FALSE(Exists("ask/d"));
}

TEST_F(MonitorTest, WithNobodyThereItIsARefusal) {
  prompter_->Die();
  EXPECT_THAT(AnswerTo(Open("ask/f", O_WRONLY)), ElementsAre(Errno(EACCES)));
}

// ---- calls that wait ----

TEST_F(MonitorTest, AFifoHoldsNobodyElseUp) {
  ASSERT_EQ(mkfifo((root_ / "open/fifo").c_str(), 0600), 0);
  const uint64_t reader = Open("open/fifo", O_RDONLY);
  EXPECT_THAT(AnswerTo(reader), IsEmpty());
  EXPECT_THAT(AnswerTo(Open("open/f", O_RDONLY)), ElementsAre("descriptor"));
  const UniqueFd writer(open((root_ / "open/fifo").c_str(), O_RDWR | O_CLOEXEC));
  RunUntil([&] { return !Replies(reader).empty(); });
  EXPECT_THAT(Replies(reader), ElementsAre("descriptor"));
}

TEST_F(MonitorTest, AWaitDiesWithWhoeverWaits) {
  ASSERT_EQ(mkfifo((root_ / "open/fifo").c_str(), 0600), 0);
  for (int i = 0; i < 6; ++i) {  // more than there are workers
    uint64_t id = 0;
    RunUntil([&] {  // refused as long as no worker is free again
      id = Open("open/fifo", O_RDONLY);
      const std::vector<std::string> replies = AnswerTo(id);
      return replies.empty();
    });
    interceptor_.gone.insert(id);
  }
}

// ---- processes and programs ----

TEST_F(MonitorTest, SignalsStayInside) {
  tracee_.emplace();
  EXPECT_THAT(AnswerTo(Call("kill", {static_cast<uint64_t>(tracee_->pid()), 0})), ElementsAre("continue"));
  EXPECT_THAT(AnswerTo(Call("kill", {0, 0})), ElementsAre("continue"));
  for (const int64_t target :
       {static_cast<int64_t>(getpid()), int64_t{1}, int64_t{-1}, -static_cast<int64_t>(getpgrp())}) {
    EXPECT_THAT(AnswerTo(Call("kill", {static_cast<uint64_t>(target), 0})), ElementsAre(Errno(EPERM))) << target;
  }
}

TEST_F(MonitorTest, MemoryOfOutsidersLooksAbsent) {
  const auto open = [&](const std::string& path) {
    return Call("openat", {static_cast<uint64_t>(AT_FDCWD), 0, O_RDONLY}, path, 1);
  };
  EXPECT_THAT(AnswerTo(open(Concat("/proc/", getpid(), "/root", root_ / "open/f"))), ElementsAre(Errno(ENOENT)));
  EXPECT_THAT(AnswerTo(open(Concat("/proc/self/root", root_ / "open/f"))), ElementsAre("descriptor"));
}

TEST_F(MonitorTest, ProgramsAreContinuedOrRefused) {
  EXPECT_THAT(AnswerTo(Call("execve", {0, 0, 0}, root_ / "open/program")), ElementsAre("continue"));
  WriteText(root_ / "deny/program",
            "\x7f"
            "ELF");
  chmod((root_ / "deny/program").c_str(), 0755);
  EXPECT_THAT(AnswerTo(Call("execve", {0, 0, 0}, root_ / "deny/program")), ElementsAre(Errno(EACCES)));
  EXPECT_THAT(AnswerTo(Call("execve", {0, 0, 0}, root_ / "open/f")), ElementsAre(Errno(EACCES))) << "not executable";
}

TEST_F(MonitorTest, TheCommandItselfNeedsNoRule) {
  WriteText(root_ / "ask/program",
            "\x7f"
            "ELF");
  chmod((root_ / "ask/program").c_str(), 0755);
  const uint64_t first = Call("execve", {0, 0, 0}, root_ / "ask/program");
  monitor_->ExpectFirstExec(tracee_->pid());
  EXPECT_THAT(AnswerTo(first), ElementsAre("continue"));
  EXPECT_THAT(prompter_->shown, IsEmpty());
  EXPECT_THAT(AnswerTo(Call("execve", {0, 0, 0}, root_ / "ask/program")), IsEmpty());
  EXPECT_THAT(prompter_->shown, SizeIs(1));
}

TEST_F(MonitorTest, TheEndOfTheSandboxIsTold) {
  Settle();
  EXPECT_EQ(emptied_, 0);
  interceptor_.HangUp();
  Settle();
  EXPECT_EQ(emptied_, 1);
}

// Where to write is what the caller said, and its number may be another's by now.
TEST_F(MonitorTest, NothingIsWrittenForACallerThatIsGone) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  const socklen_t room = sizeof(sockaddr_un);
  const auto address = reinterpret_cast<uint64_t>(g_names.data());
  for (const bool gone : {true, false}) {
    g_names.fill('x');
    std::memcpy(g_names.data() + 256, &room, sizeof(room));
    tracee_.emplace();
    interceptor_.gone_after = gone ? 1 : -1;
    const uint64_t id = Call("getsockname", {static_cast<uint64_t>(socket.get()), address, address + 256});
    RunUntil([&] { return !Replies(id).empty(); });
    const std::string family = *RemoteMemory(tracee_->pid()).ReadBytes(address, 2);
    EXPECT_EQ(family, gone ? "xx" : std::string("\1\0", 2));
  }
}

}  // namespace
}  // namespace usher
