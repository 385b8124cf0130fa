// What may a held call wait for (a name, a person, another exec, a worker, the other side of a connect), and what ends
// the wait? It is parked meanwhile, so that the loop serves the others.

#include "supervisor/monitor_waits.h"

#include <sys/epoll.h>

#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "supervisor/broker/network.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/pending_signals.h"
#include "supervisor/kernel/process.h"
#include "supervisor/name_book.h"

namespace usher {
namespace {

constexpr std::chrono::milliseconds kSweep{100};
constexpr std::chrono::milliseconds kExecPatience{2};
constexpr std::chrono::seconds kUncalled{1};

}  // namespace

// Null when the call was given up meanwhile: its caller died, or has a signal to handle.
std::shared_ptr<Monitor::Held> Monitor::Unpark(uint64_t id) {
  const auto it = parked_.find(id);
  if (it == parked_.end()) return nullptr;
  std::shared_ptr<Held> held = std::move(it->second);
  parked_.erase(it);
  return held;
}

// Puts host names to the addresses that a call goes to. True when the call has to wait for a look-up that is under way.
bool Monitor::NameDestinations(const std::shared_ptr<Held>& held) {
  bool unnamed = false;
  for (Operation& operation : held->operations) {
    auto* net = std::get_if<NetOperation>(&operation);
    if (net == nullptr || (net->action != NetAction::kConnect && net->action != NetAction::kSend)) continue;
    net->names = house_.names.NamesOf(net->address);
    unnamed |= net->names.empty() && !net->address.IsLoopback() && net->port != kDnsPort;
  }
  if (!unnamed || !house_.names.Busy() || held->waited_for_names) return false;
  held->waited_for_names = true;
  const uint64_t id = held->event.id;
  parked_[id] = held;
  house_.names.WhenSettled([this, id] {
    std::shared_ptr<Held> named = Unpark(id);
    if (!named) return;
    NameDestinations(named);
    if (!house_.interceptor.StillHeld(id)) return Send(*named, ReplyError{ESRCH});
    Decide(std::move(named));
  });
  LookAfterParked();
  return true;
}

void Monitor::Ask(const std::shared_ptr<Held>& held, size_t index, const Decision& decision) {
  const uint64_t id = held->event.id;
  const Subject subject = house_.processes.DescribeWithDirectory(held->event.tid);
  parked_[id] = held;
  held->question = house_.approvals.Park(held->operations[index], subject, decision,
                                         [this, id, index](const Resolution& resolution) {
                                           std::shared_ptr<Held> answered = Unpark(id);
                                           if (!answered) return;
                                           answered->question = 0;
                                           answered->resolutions[index] = resolution;
                                           if (resolution.how == Resolution::How::kStopAgent) callbacks_.on_stop();
                                           if (!house_.interceptor.StillHeld(id))
                                             return Send(*answered, ReplyError{ESRCH});
                                           if (!resolution.allow)
                                             return Refuse(*answered, index, answered->decisions[index]);
                                           answered->answered[index] = true;
                                           answered->waited_since_judged = true;
                                           Decide(std::move(answered));
                                         });
  LookAfterParked();
}

void Monitor::WaitForOtherExec(std::shared_ptr<Held> held) {
  const uint64_t id = held->event.id;
  parked_[id] = std::move(held);
  house_.loop.After(kExecPatience, [this, id] {
    std::shared_ptr<Held> again = Unpark(id);
    if (!again) return;
    guard_.OnChildSignal();    // the other may have ended, its signal merged with another's
    Decide(std::move(again));  // a grant may have been taken back meanwhile
  });
  LookAfterParked();
}

// What a caller has open is not to be taken here, so it is asked for it: see intercept/descriptor_request.h. Its call
// comes in once more then. To stop it would wait for an exec of its process that is under way.
void Monitor::AskCaller(std::shared_ptr<Held> held) {
  const uint64_t id = held->event.id;
  if (guard_.MayExec(ThreadGroupOf(held->event.tid).value_or(held->event.tid))) {
    parked_[id] = std::move(held);
    house_.loop.After(kExecPatience, [this, id] {
      std::shared_ptr<Held> again = Unpark(id);
      if (!again) return;
      guard_.OnChildSignal();
      AskCaller(std::move(again));
    });
    return LookAfterParked();
  }
  // Asked once, and it names others now: whoever changes them meanwhile waits for himself.
  const bool asked = !held->handed_over.empty();
  const absl::Status asking = asked ? ErrnoStatus("descriptors that change", EAGAIN)
                                    : house_.interceptor.AskForDescriptors(held->event, std::move(held->wanted));
  if (!asking.ok()) return Send(*held, ReplyError{ErrnoOf(asking)});
  ForgetUncalledLater();
}

void Monitor::ForgetUncalledLater() {
  if (forgetting_ != 0) return;
  forgetting_ = house_.loop.After(kUncalled, [this] {
    forgetting_ = 0;
    if (house_.interceptor.ForgetUncalled()) ForgetUncalledLater();
  });
}

void Monitor::RunOnWorker(std::shared_ptr<Held> held, BlockingCall call, bool changes_names) {
  const uint64_t id = held->event.id;
  const int32_t owner = ThreadGroupOf(held->event.tid).value_or(held->event.tid);
  held->work = house_.workers.Start(owner, std::move(call), [this, id](CallResult result) {
    std::shared_ptr<Held> finished = Unpark(id);
    if (!finished) return;
    finished->work = 0;
    Settle(std::move(finished), std::move(result));
  }, changes_names ? TakeTurn(turns_) : nullptr);
  if (held->work == 0 && changes_names) --turns_->at_work;
  if (held->work == 0) return Send(*held, ReplyError{EAGAIN});
  parked_[id] = std::move(held);
  LookAfterParked();
}

void Monitor::AwaitConnect(std::shared_ptr<Held> held, UniqueFd socket) {
  const uint64_t id = held->event.id;
  const int fd = socket.get();
  held->connecting = std::move(socket);
  parked_[id] = std::move(held);
  const absl::Status watched = house_.loop.Watch(fd, EPOLLOUT | EPOLLERR, [this, id, fd](uint32_t) {
    house_.loop.Unwatch(fd);
    std::shared_ptr<Held> finished = Unpark(id);
    if (!finished) return;
    Finish(*finished, FinishConnect(fd));
  });
  if (!watched.ok()) return Finish(*Unpark(id), Failed{EAGAIN});
  LookAfterParked();
}

void Monitor::Forget(uint64_t id) {
  const std::shared_ptr<Held> held = Unpark(id);
  if (!held) return;
  if (held->question != 0) house_.approvals.Cancel(held->question);
  if (held->work != 0) house_.workers.Cancel(held->work);
  if (held->connecting) house_.loop.Unwatch(held->connecting.get());
}

// Whoever died while its call was held needs no answer; whoever has a signal to handle gets it.
void Monitor::LookAfterParked() {
  if (sweep_ != 0 || parked_.empty()) return;
  sweep_ = house_.loop.After(kSweep, [this] {
    sweep_ = 0;
    if (const auto changed = house_.grants.Reload(); changed.ok() && *changed) house_.approvals.Reconsider();
    std::vector<std::shared_ptr<Held>> all;
    for (const auto& [id, held] : parked_) all.push_back(held);
    for (const auto& held : all) {
      const uint64_t id = held->event.id;
      if (!house_.interceptor.StillHeld(id)) {
        Forget(id);
        Send(*held, ReplyError{ESRCH});
      } else if (WantsInterruption(held->event.tid, /*asked=*/held->question != 0)) {
        Forget(id);
        Send(*held, ReplyError{kRestartCall});
      }
    }
    LookAfterParked();
  });
}

}  // namespace usher
