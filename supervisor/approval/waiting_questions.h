// The questions that wait, and which of them comes next. Values only: who is told, and when, is for Approvals.

#ifndef USHER_SUPERVISOR_APPROVAL_WAITING_QUESTIONS_H_
#define USHER_SUPERVISOR_APPROVAL_WAITING_QUESTIONS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "supervisor/approval/prompter.h"
#include "supervisor/kernel/event_loop.h"

namespace usher {

struct WaitingQuestion {
  PromptRequest request;
  std::vector<uint64_t> waiters;  // tickets, oldest first
  EventLoop::TimerId timer = 0;   // when it runs out
};

// By the key that equal requests share (binding.h).
class WaitingQuestions {
 public:
  WaitingQuestion* Find(const std::string& key);
  WaitingQuestion& Add(const std::string& key, WaitingQuestion question);
  WaitingQuestion Take(const std::string& key);
  int size() const { return static_cast<int>(questions_.size()); }
  std::vector<std::string> Keys() const;

  // The key of the riskiest, and of those the oldest; empty when none waits.
  std::string Next() const;

  // Counts for each step of the question's ladder the other questions that an answer there would take along.
  void CountAlsoCovered(PromptRequest& request) const;

 private:
  std::map<std::string, WaitingQuestion> questions_;
};

// A yes for once at the narrowest step is about that question alone. Whoever widens it means what waits now as well,
// but never anything that is riskier, dangerous or of another kind.
bool TakesAlong(const PromptRequest& request, size_t step, const PromptRequest& other);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_WAITING_QUESTIONS_H_
