// The queue of questions: who waits for what answer. Equal requests share one question; one answer resolves every
// waiting request that it covers; no live channel, or too much waiting, is a deny at once.

#ifndef USHER_SUPERVISOR_APPROVAL_APPROVALS_H_
#define USHER_SUPERVISOR_APPROVAL_APPROVALS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "policies/decision.h"
#include "policies/grant.h"
#include "policies/operation.h"
#include "policies/subject.h"
#include "supervisor/approval/grant_store.h"
#include "supervisor/approval/prompter.h"
#include "supervisor/kernel/event_loop.h"

namespace usher {

// How a parked request ended.
struct Resolution {
  enum class How : uint8_t { kAnswered, kTimedOut, kNobodyThere, kFlood, kStopAgent };
  How how = How::kAnswered;
  bool allow = false;
  Scope scope;
  GrantLife life = GrantLife::kOnce;
  std::string grant;                  // id of the grant that the answer became, empty for once and for plain denials
  std::string by;                     // channel, or empty
  std::chrono::milliseconds open{0};  // how long the question stood
};

class Approvals {
 public:
  using Ticket = uint64_t;
  using Done = std::function<void(const Resolution&)>;
  using Judge = std::function<Decision(const Operation&)>;  // the ruleset with the grants of this instant

  struct Limits {
    std::chrono::milliseconds hold{60000};
    int max_waiting = 64;          // questions; above it: deny, said once
    int max_new_per_minute = 120;  // new questions a minute; above it likewise
  };

  Approvals(EventLoop& loop, GrantStore& grants, LadderContext context, Judge judge, Limits limits);
  ~Approvals();

  // Where a line goes that a person should read although it is no question (a grant that could not be kept, questions
  // that are refused unasked) and that no channel put on the terminal. Live channels get it in any case.
  void set_on_notice(std::function<void(const std::string&)> on_notice);

  // Channels may be added at any time; the first answer wins.
  void AddPrompter(std::unique_ptr<Prompter> prompter);
  bool SomebodyThere() const;

  // Waits for an answer about `operation`, which `decision` says to ask about. `done` is called exactly once, always
  // from the loop and never from inside Park, unless the ticket is cancelled first.
  Ticket Park(const Operation& operation, const Subject& subject, const Decision& decision, Done done);

  // The process that waited is gone. The last waiter of a question takes the question with it.
  void Cancel(Ticket ticket);

  // Grants changed (a revoke, another session): waiting requests that are covered now are resolved.
  void Reconsider();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared only with work that the loop still holds
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_APPROVALS_H_
