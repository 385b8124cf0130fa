// How does an answer come to its caller, also to one that a signal took away before it came? (lost_answers.h)

#include <chrono>
#include <thread>
#include <utility>
#include <variant>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/pending_signals.h"
#include "supervisor/kernel/remote_memory.h"
#include "supervisor/monitor.h"
#include "supervisor/monitor_waits.h"

namespace usher {

void Monitor::Send(const Held& held, Reply reply) {
  if (house_.interceptor.waits_killably()) return (void)house_.interceptor.Send(held.event, std::move(reply));
  // Where any signal may take the caller away, the answer is kept for the same call made again.
  std::optional<Reply> kept;
  if (HasToBeKept(held.call)) kept = DuplicateOf(reply);
  Starts starts = kept ? StartsOf(held.call) : Starts();
  const bool nobody_waited = ErrnoOf(house_.interceptor.Send(held.event, std::move(reply))) == ENOENT;
  const auto now = LostAnswers::Clock::now();
  if (nobody_waited) lost_answers_.NoteInterruption(held.event.tid, now);
  if (!kept || (!nobody_waited && IsAnotherDeedEachTime(held.call))) return;
  LostAnswers::Answer answer{held.call, *std::move(kept), std::move(starts), held.event.ip};
  if (!nobody_waited) answer.until = now + LostAnswers::kLately;
  lost_answers_.Keep(std::move(answer), now);
}

// True: this call needs no other answer, or nobody waits for one any more.
bool Monitor::AnswerAgain(Held& held) {
  const auto now = LostAnswers::Clock::now();
  std::optional<LostAnswers::Answer> lost = lost_answers_.Take(held.event.tid, now);
  if (!lost || lost->call.row != held.call.row) return false;
  if (TellAgain(held, *lost, now)) return true;
  // Taken away once more, before we could read what it asks for: the answer is for the next time.
  if (house_.interceptor.StillHeld(held.event.id)) return false;
  lost_answers_.NoteInterruption(held.event.tid, now);
  lost_answers_.Keep(*std::move(lost), now);
  return true;
}

bool Monitor::TellAgain(Held& held, LostAnswers::Answer& lost, LostAnswers::Clock::time_point now) {
  auto call = Decode(*held.call.row, held.event, RemoteMemory(held.event.tid));
  if (!call.ok() || !IsMadeAgain(lost.call, *call) || lost.starts != StartsOf(*call)) return false;
  if (!lost.sure()) {
    if (lost.ip != held.event.ip || !IsSameInRegisters(lost.call, *call)) return false;
    if (!lost_answers_.WasInterruptedLately(held.event.tid, now) && !SignalsComeTo(held.event)) return false;
  }
  if (const auto* given = std::get_if<ReplyFd>(&lost.reply)) {
    if (house_.interceptor.SendAgain(held.event, given->fd.get())) {
      lost.call = *std::move(call);
      lost.ip = held.event.ip;
      lost.until = now + LostAnswers::kLately;
      lost_answers_.Keep(std::move(lost), now);
      return true;
    }
  }
  std::optional<Reply> reply = ReplyFrom(std::move(lost.reply), *call);
  if (!reply) return false;
  held.call = *std::move(call);
  Send(held, *std::move(reply));
  return true;
}

// A few milliseconds, in which nobody else is served: so not often.
bool Monitor::SignalsComeTo(const SyscallEvent& event) {
  constexpr int kLooks = 8;
  constexpr std::chrono::microseconds kPause{500};
  constexpr std::chrono::milliseconds kBetween{50};
  const auto now = LostAnswers::Clock::now();
  if (now - last_watch_ < kBetween) return false;
  last_watch_ = now;
  for (int look = 0; look < kLooks; ++look) {
    if (WantsInterruption(event.tid, /*asked=*/false)) {
      lost_answers_.NoteInterruption(event.tid, now);
      return true;
    }
    if (!house_.interceptor.StillHeld(event.id)) return false;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

}  // namespace usher
