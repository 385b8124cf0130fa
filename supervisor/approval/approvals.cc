#include "supervisor/approval/approvals.h"

#include <algorithm>
#include <map>
#include <utility>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/approval/binding.h"
#include "supervisor/approval/flood_gate.h"
#include "supervisor/approval/kept_answer.h"
#include "supervisor/approval/waiting_questions.h"

namespace usher {
namespace {

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds Since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

// Many equal calls arrive together (200 parallel opens of one file): the shown count follows at this pace.
constexpr std::chrono::milliseconds kUpdatePause{200};

}  // namespace

struct Approvals::State : std::enable_shared_from_this<Approvals::State> {
  struct Waiter {
    Done done;
    std::string key;  // of its question; empty once it is resolved and only delivery is left
  };

  State(EventLoop& event_loop, GrantStore& grant_store, LadderContext ladder_context, Judge judge_now,
        Limits the_limits)
      : loop(event_loop),
        grants(grant_store),
        context(std::move(ladder_context)),
        judge(std::move(judge_now)),
        limits(the_limits),
        gate(the_limits.max_waiting, the_limits.max_new_per_minute) {}

  // Work for later that finds us gone does nothing.
  std::function<void()> Later(void (State::*work)()) {
    return [weak = weak_from_this(), work] {
      if (auto self = weak.lock()) ((*self).*work)();
    };
  }

  bool SomebodyThere() const {
    return std::any_of(prompters.begin(), prompters.end(), [](const auto& prompter) { return prompter->Live(); });
  }

  void Notice(const std::string& text) {
    bool seen = false;
    for (const auto& prompter : prompters) seen |= prompter->Live() && prompter->Notice(text);
    if (!seen && on_notice) on_notice(text);
  }

  // ---- questions come ----

  Ticket Park(const Operation& operation, const Subject& subject, const Decision& decision, Done done) {
    const Ticket ticket = next_ticket++;
    const std::string key = QuestionKey(operation, subject, decision);
    waiters[ticket] = {std::move(done), key};
    if (!SomebodyThere()) {
      Deliver(ticket, {.how = Resolution::How::kNobodyThere});
      return ticket;
    }
    WaitingQuestion* question = questions.Find(key);
    if (question == nullptr) {
      if (!Admitted()) {
        Deliver(ticket, {.how = Resolution::How::kFlood});
        return ticket;
      }
      WaitingQuestion fresh = NewQuestion(operation, subject, decision);
      // Nothing that a yes could be about: as if nobody could be asked.
      if (fresh.request.ladder.empty()) {
        Deliver(ticket, {.how = Resolution::How::kNobodyThere});
        return ticket;
      }
      question = &questions.Add(key, std::move(fresh));
      Rearm(key, *question);
    }
    question->waiters.push_back(ticket);
    question->request.held_calls = static_cast<int>(question->waiters.size());
    if (current.empty()) {
      loop.Defer(Later(&State::ShowNext));
    } else {
      UpdateSoon();
    }
    return ticket;
  }

  bool Admitted() {
    if (gate.Admit(Clock::now(), questions.size())) return true;
    if (gate.SayIt()) {
      Notice(Cat("too many questions at once (", questions.size(),
                 " are waiting): new ones are denied unasked until this calms down"));
    }
    return false;
  }

  WaitingQuestion NewQuestion(const Operation& operation, const Subject& subject, const Decision& decision) {
    WaitingQuestion question;
    PromptRequest& request = question.request;
    request.id = Cat("r", next_request++);
    request.operation = operation;
    request.decision = decision;
    request.subject = subject;
    request.ladder = LadderFor(operation, decision.risk, context);
    request.lives = LivesFor(decision.risk);
    request.digest = DigestOf(request);
    request.asked_at = Clock::now();
    request.hold = limits.hold;
    return question;
  }

  // What is on the screen stays there until it is settled: a question that changes under a person's finger gets the
  // answer that was meant for another.
  void ShowNext() {
    if (!current.empty()) return;
    current = questions.Next();
    if (!current.empty()) Show(*questions.Find(current));
  }

  void Show(WaitingQuestion& question) {
    question.request.waiting = questions.size();
    questions.CountAlsoCovered(question.request);
    for (const auto& prompter : prompters) {
      if (prompter->Live()) ShowOn(*prompter, question.request);
    }
  }

  void ShowOn(Prompter& prompter, const PromptRequest& request) {
    prompter.Show(request, [weak = weak_from_this(), &prompter, key = current, id = request.id](const Answer& answer) {
      if (auto self = weak.lock()) self->OnAnswer(prompter, key, id, answer);
    });
  }

  void UpdateSoon() {
    if (update_due) return;
    update_due = true;
    loop.After(kUpdatePause, Later(&State::Update));
  }
  void Update() {
    update_due = false;
    if (WaitingQuestion* question = questions.Find(current)) Show(*question);
  }

  // ---- questions go ----

  void OnAnswer(Prompter& prompter, const std::string& key, const std::string& id, const Answer& given) {
    const WaitingQuestion* question = questions.Find(key);
    if (question == nullptr || question->request.id != id) return;  // settled in the meantime
    const PromptRequest request = question->request;
    const Answer answer = FittingAnswer(request, given);
    Outcome outcome{.request = id, .open = Since(request.asked_at)};
    Resolution resolution{.by = answer.by, .open = outcome.open};
    if (answer.choice == Choice::kStopAgent) {
      resolution.how = Resolution::How::kStopAgent;
      resolution.scope = request.ladder.front();
      prompter.Resolved(outcome);
      SettleAll(resolution, "the agent is being stopped", &prompter);
      return;
    }
    resolution.scope = request.ladder[answer.scope];
    const bool overruled = answer.choice == Choice::kAllow && DeniedMeanwhile(request);
    resolution.allow = answer.choice == Choice::kAllow && !overruled;
    if (!overruled) {
      const KeptAnswer kept = KeepAnswer(request, answer, grants, judge);
      if (!kept.notice.empty()) Notice(kept.notice);
      resolution.grant = kept.grant;
      resolution.life = kept.life;
    }
    Settle(key, resolution, Cat("answered by ", answer.by), &prompter);
    outcome.also = SettleCovered(request, answer, resolution);
    outcome.allow = resolution.allow;
    outcome.life = resolution.life;
    outcome.grant = resolution.grant;
    outcome.scope = resolution.scope;
    prompter.Resolved(outcome);
    RestartClocks();
    ShowNext();
  }

  // A yes never outweighs a rule that came while the question stood.
  bool DeniedMeanwhile(const PromptRequest& request) {
    const Decision now = judge(request.operation);
    if (now.verdict == Verdict::kAllow || now.verdict == Verdict::kAsk) return false;
    Notice(
        Cat("not allowed after all: ", Escape(now.rule), " (", Escape(now.source), ") came while the question stood"));
    return true;
  }

  // The ids of the other questions that this answer settled.
  std::vector<std::string> SettleCovered(const PromptRequest& request, const Answer& answer,
                                         const Resolution& resolution) {
    std::vector<std::string> also;
    if (!resolution.grant.empty()) {
      also = Rejudge(resolution.by);
    } else if (resolution.allow && answer.life == GrantLife::kOnce) {
      for (const std::string& key : questions.Keys()) {
        const PromptRequest& other = questions.Find(key)->request;
        if (!TakesAlong(request, answer.scope, other) || DeniedMeanwhile(other)) continue;
        also.push_back(other.id);
        Settle(key, resolution, Cat("answered by ", answer.by), nullptr);
      }
    }
    return also;
  }

  // Puts every waiting question to the rules again. Returns the ids of those that need no answer any more.
  std::vector<std::string> Rejudge(const std::string& by) {
    std::vector<std::string> settled;
    for (const std::string& key : questions.Keys()) {
      const PromptRequest& request = questions.Find(key)->request;
      const Decision now = judge(request.operation);
      if (now.verdict == Verdict::kAsk) continue;
      Resolution resolution{
          .allow = now.verdict == Verdict::kAllow, .grant = now.grant, .by = by, .open = Since(request.asked_at)};
      resolution.scope = request.ladder.front();
      for (const Grant& grant : grants.current()) {
        if (grant.id != now.grant) continue;
        resolution.scope = grant.scope;
        resolution.life = grant.life;
      }
      settled.push_back(request.id);
      Settle(key, resolution, Cat("settled by ", now.grant.empty() ? Escape(now.rule) : Cat("grant ", now.grant)),
             nullptr);
    }
    return settled;
  }

  void OnTimeout(const std::string& key) {
    WaitingQuestion* question = questions.Find(key);
    if (question == nullptr) return;
    // Somebody reads one of the questions: the others must not run out behind it.
    const bool attended = std::any_of(prompters.begin(), prompters.end(), [&](const auto& prompter) {
      const WaitingQuestion* shown = questions.Find(current);
      return prompter->Live() && shown != nullptr && prompter->Attended(shown->request.id);
    });
    if (attended) {
      Restart(key, *question);
      return;
    }
    Settle(key,
           {.how = Resolution::How::kTimedOut,
            .scope = question->request.ladder.front(),
            .open = Since(question->request.asked_at)},
           "nobody answered in time: denied this once", nullptr);
    ShowNext();
  }

  // The hold measures absence. An answer proves that somebody is there, so whoever waits gets the whole time again.
  void RestartClocks() {
    for (const std::string& key : questions.Keys()) Restart(key, *questions.Find(key));
  }
  void Restart(const std::string& key, WaitingQuestion& question) {
    question.request.hold = Since(question.request.asked_at) + limits.hold;
    Rearm(key, question);
  }
  void Rearm(const std::string& key, WaitingQuestion& question) {
    loop.Cancel(question.timer);
    question.timer = loop.After(limits.hold, [weak = weak_from_this(), key] {
      if (auto self = weak.lock()) self->OnTimeout(key);
    });
  }

  void Cancel(Ticket ticket) {
    auto node = waiters.extract(ticket);
    if (node.empty() || node.mapped().key.empty()) return;
    const std::string key = node.mapped().key;
    WaitingQuestion* question = questions.Find(key);
    if (question == nullptr) return;
    std::erase(question->waiters, ticket);
    question->request.held_calls = static_cast<int>(question->waiters.size());
    if (!question->waiters.empty()) {
      UpdateSoon();
      return;
    }
    Settle(key, {}, "gone: the process ended", nullptr);
    loop.Defer(Later(&State::ShowNext));
  }

  void OnGone(const Prompter* gone) {
    auto it =
        std::find_if(prompters.begin(), prompters.end(), [&](const auto& prompter) { return prompter.get() == gone; });
    if (it == prompters.end()) return;
    // Destroyed from the loop's own stack, never from inside one of its calls.
    loop.Defer([dead = std::shared_ptr<Prompter>(std::move(*it))] {});
    prompters.erase(it);
    if (!SomebodyThere()) SettleAll({.how = Resolution::How::kNobodyThere}, "nobody is there to answer", nullptr);
  }

  void SettleAll(const Resolution& resolution, std::string_view reason, const Prompter* answered) {
    for (const std::string& key : questions.Keys()) Settle(key, resolution, reason, answered);
  }

  // Ends a question for all who wait for it. The channel that answered knows already; the others are told why.
  // The key may be the very one that goes with the question.
  // NOLINTNEXTLINE(performance-unnecessary-value-param)
  void Settle(std::string key, const Resolution& resolution, std::string_view reason, const Prompter* answered) {
    const WaitingQuestion question = questions.Take(key);
    loop.Cancel(question.timer);
    for (const Ticket ticket : question.waiters) Deliver(ticket, resolution);
    if (current != key) return;
    current.clear();
    for (const auto& prompter : prompters) {
      if (prompter.get() != answered && prompter->Live()) prompter->Withdraw(question.request.id, reason);
    }
  }

  void Deliver(Ticket ticket, Resolution resolution) {
    auto it = waiters.find(ticket);
    if (it == waiters.end()) return;
    it->second.key.clear();
    loop.Defer([weak = weak_from_this(), ticket, resolution = std::move(resolution)] {
      auto self = weak.lock();
      if (self == nullptr) return;
      auto waiter = self->waiters.extract(ticket);
      if (!waiter.empty()) waiter.mapped().done(resolution);
    });
  }

  EventLoop& loop;
  GrantStore& grants;
  LadderContext context;
  Judge judge;
  Limits limits;
  FloodGate gate;
  std::function<void(const std::string&)> on_notice;
  std::vector<std::unique_ptr<Prompter>> prompters;
  WaitingQuestions questions;
  std::map<Ticket, Waiter> waiters;
  std::string current;  // key of the question that is shown
  bool update_due = false;
  Ticket next_ticket = 1;
  uint64_t next_request = 1;
};

Approvals::Approvals(EventLoop& loop, GrantStore& grants, LadderContext context, Judge judge, Limits limits)
    : state_(std::make_shared<State>(loop, grants, std::move(context), std::move(judge), limits)) {}

Approvals::~Approvals() {
  for (const std::string& key : state_->questions.Keys()) state_->loop.Cancel(state_->questions.Find(key)->timer);
}

void Approvals::set_on_notice(std::function<void(const std::string&)> on_notice) {
  state_->on_notice = std::move(on_notice);
}

void Approvals::AddPrompter(std::unique_ptr<Prompter> prompter) {
  prompter->set_on_gone([weak = std::weak_ptr(state_), gone = prompter.get()] {
    if (auto state = weak.lock()) state->OnGone(gone);
  });
  state_->prompters.push_back(std::move(prompter));
  const WaitingQuestion* shown = state_->questions.Find(state_->current);
  if (shown != nullptr) state_->ShowOn(*state_->prompters.back(), shown->request);
}

bool Approvals::SomebodyThere() const { return state_->SomebodyThere(); }

Approvals::Ticket Approvals::Park(const Operation& operation, const Subject& subject, const Decision& decision,
                                  Done done) {
  return state_->Park(operation, subject, decision, std::move(done));
}

void Approvals::Cancel(Ticket ticket) { state_->Cancel(ticket); }

void Approvals::Reconsider() {
  state_->Rejudge("");
  state_->loop.Defer(state_->Later(&State::ShowNext));
}

}  // namespace usher
