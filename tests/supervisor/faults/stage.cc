#include "tests/supervisor/faults/stage.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <span>

#include "supervisor/confine/filter.h"
#include "supervisor/kernel/landlock.h"
#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{10};

// The child is forked from here, so that this is the same place there.
Order g_order;

std::vector<Policy> Layers(const TemporaryDirectory& root, Verdict verdict) {
  Policy policy;
  policy.name = policy.origin = "test";
  for (const RuleUse use : {RuleUse::kRead, RuleUse::kWrite, RuleUse::kExec}) {
    policy.files.push_back({.use = use, .verdict = verdict, .pattern = root / "d", .text = "d"});
    policy.files.push_back({.use = use, .verdict = Verdict::kAllow, .pattern = root / "ok", .text = "ok"});
  }
  policy.files.push_back({.use = RuleUse::kRead, .verdict = Verdict::kAllow, .pattern = "/proc", .text = "proc"});
  policy.files.push_back(
      {.use = RuleUse::kRead, .verdict = Verdict::kHide, .pattern = root / "**/hidden", .text = "hidden"});
  for (const bool listen : {false, true}) {
    policy.hosts.push_back(
        {.listen = listen, .verdict = verdict, .pattern = {.kind = HostPattern::Kind::kAny}, .text = "any"});
  }
  policy.sockets.push_back({.verdict = verdict, .pattern = root / "d", .text = "d"});
  std::vector<Policy> layers;
  layers.push_back(std::move(policy));
  return layers;
}

struct Installed {
  int listener = -1;
  bool waits_killably = false;
};

// As the launcher does it: a thread whose call was received is woken by its answer alone, from Linux 5.19 on.
Installed InstallFilter() {
  const std::span<const sock_filter> filter = NotifyFilter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  for (const bool killable : {true, false}) {
    const unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | (killable ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0);
    const long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (listener >= 0) return {static_cast<int>(listener), killable};
  }
  return {};
}

// As the floor does it; without one on this host no exec is refused and none made again.
void RefusePrograms() {
  const auto ruleset = CreateLandlockRuleset({.fs = LANDLOCK_ACCESS_FS_EXECUTE});
  if (ruleset.ok()) RestrictSelf(ruleset->get());
}

void Pipe(UniqueFd (&ends)[2]) {
  int raw[2];
  if (pipe(raw) < 0) std::abort();
  ends[0].reset(raw[0]);
  ends[1].reset(raw[1]);
}

}  // namespace

uint64_t Order::Put(const void* bytes, size_t size) {
  if (used + size > memory.size()) std::abort();
  std::memcpy(memory.data() + used, bytes, size);
  const auto address = reinterpret_cast<uint64_t>(g_order.memory.data() + used);
  used += (size + 7) / 8 * 8;
  return address;
}

Stage::Stage(Verdict verdict)
    : rules_(Layers(root_, verdict)),
      grants_(*GrantStore::Open(root_ / "grants", root_.path())),
      log_(*AuditLog::Create(root_ / "log", {.id = "s-1"})),
      floor_reach_(rules_),
      processes_(getpid()),
      workers_(loop_, 4),
      names_(loop_, {}) {
  mkdir((root_ / "d").c_str(), 0755);
  mkdir((root_ / "ok").c_str(), 0755);
  mkdir((root_ / "ok/under").c_str(), 0755);
  WriteText(root_ / "ok/f", "text");
  floor_reach_.AddDirectory(UniqueFd(open((root_ / "ok/under").c_str(), O_PATH | O_CLOEXEC)));
  StartChild();
  if (!interceptor_) return;
  approvals_.emplace(
      loop_, grants_, LadderContext{"/nowhere", root_.path()},
      [this](const Operation& operation) { return monitor_->Judge(operation); }, Approvals::Limits{});
  monitor_.emplace(Monitor::House{loop_, *interceptor_, rules_, grants_, *approvals_, log_, summary_, processes_,
                                  belongings_, workers_, names_, nullptr, &floor_reach_},
                   /*log_reads=*/false,
                   Monitor::Callbacks{.on_empty = [] {}, .on_stop = [] {}, .on_trouble = [](const std::string&) {}});
  if (!monitor_->Start().ok()) std::abort();
  // The loop waits for an answer to reach the child as well.
  if (!loop_.Watch(results_[0].get(), EPOLLIN, [](uint32_t) {}).ok()) std::abort();
}

Stage::~Stage() {
  if (child_ <= 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, __WALL);
}

// The child shares this process's descriptors until it has told the number of its listener. It is waited for until it
// has its own: what this process opened meanwhile would be open there for good.
void Stage::StartChild() {
  Pipe(orders_);
  Pipe(results_);
  UniqueFd ready[2];
  Pipe(ready);
  child_ = static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
  if (child_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();  // as the sandbox has
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    RefusePrograms();
    const Installed installed = InstallFilter();
    if (write(ready[1].get(), &installed, sizeof(installed)) != sizeof(installed)) _exit(99);
    if (unshare(CLONE_FILES) < 0) _exit(98);
    close(installed.listener);  // or it would itself keep the listener from hanging up
    if (write(ready[1].get(), "x", 1) != 1) _exit(95);
    ObeyOrders();
  }
  Installed installed;
  char own = 0;
  if (read(ready[0].get(), &installed, sizeof(installed)) != sizeof(installed)) std::abort();
  if (installed.listener < 0) return;
  if (read(ready[0].get(), &own, 1) != 1) std::abort();
  interceptor_.emplace(UniqueFd(installed.listener), installed.waits_killably);
}

void Stage::ObeyOrders() {
  for (;;) {
    if (read(orders_[0].get(), &g_order, sizeof(g_order)) != sizeof(g_order)) _exit(97);
    const auto& a = g_order.args;
    int64_t result = syscall(g_order.nr, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (result < 0) result = -errno;
    if (write(results_[1].get(), &result, sizeof(result)) != sizeof(result)) _exit(96);
  }
}

CallOutcome Stage::Call(const Order& order, int nth, int error) {
  CallOutcome outcome;
  if (write(orders_[1].get(), &order, sizeof(order)) != sizeof(order)) return outcome;
  ArmFault(nth, error);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  pollfd result{results_[0].get(), POLLIN, 0};
  const timespec now{};  // ppoll, because poll is counted
  while (ppoll(&result, 1, &now, nullptr) == 0 && std::chrono::steady_clock::now() < end) {
    monitor_->OnChildSignal();
    loop_.RunOnce(milliseconds(10));
  }
  outcome.walk = DisarmFault();
  outcome.answered = result.revents == POLLIN && read(results_[0].get(), &outcome.result, sizeof(outcome.result)) ==
                                                     static_cast<ssize_t>(sizeof(outcome.result));
  return outcome;
}

int64_t Stage::Must(const Order& order) {
  const CallOutcome outcome = Call(order);
  if (!outcome.answered || outcome.result < 0) {
    ADD_FAILURE() << "call " << order.nr << " has to work: " << (outcome.answered ? outcome.result : -1);
  }
  return outcome.result;
}

}  // namespace usher
