#include "supervisor/approval/waiting_questions.h"

#include <utility>

namespace usher {

WaitingQuestion* WaitingQuestions::Find(const std::string& key) {
  auto it = questions_.find(key);
  return it == questions_.end() ? nullptr : &it->second;
}

WaitingQuestion& WaitingQuestions::Add(const std::string& key, WaitingQuestion question) {
  return questions_.insert_or_assign(key, std::move(question)).first->second;
}

WaitingQuestion WaitingQuestions::Take(const std::string& key) {
  auto node = questions_.extract(key);
  return node.empty() ? WaitingQuestion{} : std::move(node.mapped());
}

std::vector<std::string> WaitingQuestions::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, question] : questions_) keys.push_back(key);
  return keys;
}

std::string WaitingQuestions::Next() const {
  auto next = questions_.begin();
  for (auto it = questions_.begin(); it != questions_.end(); ++it) {
    const PromptRequest &a = it->second.request, &b = next->second.request;
    const bool older = a.decision.risk == b.decision.risk && a.asked_at < b.asked_at;
    if (a.decision.risk > b.decision.risk || older) next = it;
  }
  return next == questions_.end() ? "" : next->first;
}

void WaitingQuestions::CountAlsoCovered(PromptRequest& request) const {
  request.also_covers.assign(request.ladder.size(), 0);
  for (size_t step = 0; step < request.ladder.size(); ++step) {
    for (const auto& [key, other] : questions_) request.also_covers[step] += TakesAlong(request, step, other.request);
  }
}

bool TakesAlong(const PromptRequest& request, size_t step, const PromptRequest& other) {
  if (step == 0 || request.id == other.id) return false;
  return other.decision.risk <= request.decision.risk && other.decision.risk <= Risk::kNetwork &&
         KindOf(other.operation) == KindOf(request.operation) && Covers(request.ladder[step], other.operation);
}

}  // namespace usher
