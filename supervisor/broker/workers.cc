#include "supervisor/broker/workers.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace usher {
namespace {

constexpr std::chrono::milliseconds kInterruptAgain{20};
constexpr int kInterrupt = SIGUSR2;  // its handler does nothing; without SA_RESTART the call returns EINTR

}  // namespace

struct Workers::State {
  State(EventLoop& l, int most) : loop(l), limit(most), wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  struct Job {
    std::thread thread;
    OnResult on_result;
    std::function<void()> on_end;
    int32_t owner = 0;
    bool cancelled = false;
  };

  void Collect() {
    uint64_t count;
    if (read(wake.get(), &count, sizeof(count)) < 0) return;
    std::vector<std::pair<Ticket, CallResult>> ready;
    {
      const std::lock_guard lock(mutex);
      ready.swap(finished);
    }
    for (auto& [ticket, result] : ready) {
      auto node = jobs.extract(ticket);
      Job& job = node.mapped();
      job.thread.join();
      if (!job.cancelled) {
        Release(job.owner);
        job.on_result(std::move(result));
      }
      if (job.on_end) job.on_end();
    }
  }

  void Release(int32_t owner) {
    --busy;
    if (--busy_by[owner] == 0) busy_by.erase(owner);
  }

  int BusyBy(int32_t owner) const {
    const auto it = busy_by.find(owner);
    return it == busy_by.end() ? 0 : it->second;
  }

  void Cancel(Job& job) {
    if (job.cancelled) return;
    job.cancelled = true;
    Release(job.owner);
    if (again == 0) InterruptCancelled();
  }

  // A fair share: who has most ends his latest call for somebody who has fewer even then. Where all have one, whoever has none
  // gets that of him who has waited longest: many that only wait keep nobody from a short call.
  bool MakeRoomFor(int32_t owner) {
    int32_t greediest = 0;
    for (const auto& [other, count] : busy_by) {
      if (count > BusyBy(greediest)) greediest = other;
    }
    const int most = BusyBy(greediest), own = BusyBy(owner);
    if (most <= own + 1 && own > 0) return false;
    Ticket chosen = 0;
    for (const auto& [ticket, job] : jobs) {
      if (job.cancelled || (most > 1 && job.owner != greediest)) continue;
      if (chosen == 0 || (most > 1 ? ticket > chosen : ticket < chosen)) chosen = ticket;
    }
    if (chosen == 0) return false;
    Job& job = jobs[chosen];
    loop.Defer([on_result = std::move(job.on_result)] { on_result(Failed{EAGAIN}); });
    Cancel(job);
    return true;
  }

  // A signal may come just before the call blocks: it is sent until the thread is through.
  void InterruptCancelled() {
    if (again != 0) loop.Cancel(again);
    again = 0;
    bool any = false;
    for (auto& [ticket, job] : jobs) {
      if (!job.cancelled) continue;
      pthread_kill(job.thread.native_handle(), kInterrupt);
      any = true;
    }
    if (any) again = loop.After(kInterruptAgain, [this] { InterruptCancelled(); });
  }

  EventLoop& loop;
  int limit;
  UniqueFd wake;
  absl::flat_hash_map<Ticket, Job> jobs;
  absl::flat_hash_map<int32_t, int> busy_by;  // calls that somebody waits for, by owner
  int busy = 0;                               // the sum of them
  Ticket next = 1;
  EventLoop::TimerId again = 0;  // of InterruptCancelled
  std::mutex mutex;  // not Abseil's, whose shared library the thread sanitizer cannot look into; guards:
  std::vector<std::pair<Ticket, CallResult>> finished;
};

Workers::Workers(EventLoop& loop, int limit) : state_(std::make_unique<State>(loop, limit)) {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  sigaction(kInterrupt, &nothing, nullptr);
  (void)loop.Watch(state_->wake.get(), EPOLLIN, [this](uint32_t) { state_->Collect(); });
}

Workers::~Workers() {
  state_->loop.Unwatch(state_->wake.get());
  if (state_->again != 0) state_->loop.Cancel(state_->again);
  while (!state_->jobs.empty()) {
    for (auto& [ticket, job] : state_->jobs) {
      job.cancelled = true;
      pthread_kill(job.thread.native_handle(), kInterrupt);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    state_->Collect();
  }
}

Workers::Ticket Workers::Start(int32_t owner, BlockingCall call, OnResult on_result, std::function<void()> on_end) {
  if (state_->busy >= state_->limit && !state_->MakeRoomFor(owner)) return 0;
  // Those that were cancelled and do not come back (a dead file server) count as well in the end.
  if (static_cast<int>(state_->jobs.size()) >= 2 * state_->limit) return 0;
  const Ticket ticket = state_->next++;
  State* state = state_.get();
  const auto work = [state, ticket, call = std::move(call)] {
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, kInterrupt);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    CallResult result = call();
    const std::lock_guard lock(state->mutex);
    state->finished.emplace_back(ticket, std::move(result));
    const uint64_t one = 1;
    if (write(state->wake.get(), &one, sizeof(one)) < 0) return;  // full: the loop is awake already
  };
  std::thread thread;
  try {
    thread = std::thread(work);
  } catch (const std::system_error&) {  // RLIMIT_NPROC, which the sandbox shares with us
    return 0;
  }
  state_->jobs[ticket] = State::Job{std::move(thread), std::move(on_result), std::move(on_end), owner, false};
  ++state_->busy;
  ++state_->busy_by[owner];
  return ticket;
}

void Workers::Cancel(Ticket ticket) {
  auto it = state_->jobs.find(ticket);
  if (it == state_->jobs.end()) return;
  state_->Cancel(it->second);
}

}  // namespace usher
