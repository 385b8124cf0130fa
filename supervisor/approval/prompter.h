// A channel to a person. Whatever implements this shows a question and brings back an answer; it judges nothing.

#ifndef USHER_SUPERVISOR_APPROVAL_PROMPTER_H_
#define USHER_SUPERVISOR_APPROVAL_PROMPTER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/decision.h"
#include "policies/grant.h"
#include "policies/operation.h"
#include "policies/subject.h"

namespace usher {

// A question, ready to be shown.
struct PromptRequest {
  std::string id;  // "r17"
  Operation operation;
  Decision decision;  // the rule that says ask
  Subject subject;
  std::vector<Scope> ladder;     // narrowest first, never empty
  std::vector<GrantLife> lives;  // which lives may be offered; kOnce always
  std::string digest;            // "sha256:…" over all that the answer is about; an answer must repeat it
  std::chrono::steady_clock::time_point asked_at;
  std::chrono::milliseconds hold;  // then: deny this one time
  int held_calls = 1;              // equal calls that wait for the same answer
  int waiting = 1;                 // questions in the queue, this one included
  std::vector<int> also_covers;    // for each step of the ladder: how many other waiting questions lie in it
};

enum class Choice : uint8_t { kAllow, kDeny, kDenySession, kStopAgent };

struct Answer {
  std::string request;  // PromptRequest::id
  std::string digest;   // PromptRequest::digest; a mismatch counts as deny
  Choice choice = Choice::kDeny;
  GrantLife life = GrantLife::kOnce;
  size_t scope = 0;  // index into the ladder
  std::string by;    // "terminal", "approver:slack.py"
  std::string note;
};

// What became of an answer, told to the channel that gave it.
struct Outcome {
  std::string request;
  bool allow = false;
  GrantLife life = GrantLife::kOnce;
  std::string grant;              // "g7", or empty when nothing is kept
  Scope scope;                    // what the answer is about
  std::vector<std::string> also;  // other questions that it settled
  std::chrono::milliseconds open{0};
};

class Prompter {
 public:
  using OnAnswer = std::function<void(const Answer&)>;
  virtual ~Prompter() = default;

  // "terminal", "approver:slack.py".
  virtual std::string_view name() const = 0;

  // Whether somebody could answer now. False for ever once the channel is gone.
  virtual bool Live() const = 0;

  // Shows the question, or updates it when it is already shown (held_calls, waiting). `on_answer` is called at most
  // once, never from inside Show.
  virtual void Show(const PromptRequest& request, OnAnswer on_answer) = 0;

  // The question no longer needs an answer from here: answered elsewhere, timed out, or its process died.
  virtual void Withdraw(std::string_view request_id, std::string_view reason) = 0;

  // Follows an answer from here. Not every channel cares.
  virtual void Resolved(const Outcome&) {}

  // Somebody is at work on this question, so its time does not run out.
  virtual bool Attended(std::string_view) const { return false; }

  // One line for the person that is no question: why an answer could not be kept, that questions are being refused.
  // True when it now stands on the terminal that Usher was started from.
  virtual bool Notice(std::string_view) { return false; }

  // Called from the loop, once, when the channel is gone.
  void set_on_gone(std::function<void()> on_gone) { on_gone_ = std::move(on_gone); }

 protected:
  const std::function<void()>& on_gone() const { return on_gone_; }

 private:
  std::function<void()> on_gone_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_PROMPTER_H_
