// A channel whose answers the test gives, and which remembers what it was asked.

#ifndef USHER_TESTS_SUPERVISOR_APPROVAL_FAKE_PROMPTER_H_
#define USHER_TESTS_SUPERVISOR_APPROVAL_FAKE_PROMPTER_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/approval/prompter.h"

namespace usher {

class FakePrompter : public Prompter {
 public:
  explicit FakePrompter(std::string name = "fake") : name_(std::move(name)) {}

  std::string_view name() const override { return name_; }
  bool Live() const override { return live; }
  void Show(const PromptRequest& request, OnAnswer on_answer) override {
    shown.push_back(request);
    answers_[request.id] = std::move(on_answer);
  }
  void Withdraw(std::string_view id, std::string_view reason) override { withdrawn.emplace_back(id, reason); }
  void Resolved(const Outcome& outcome) override { resolved.push_back(outcome); }
  bool Attended(std::string_view) const override { return attended; }
  bool Notice(std::string_view text) override {
    notices.emplace_back(text);
    return shows_notices;
  }

  // Answers the question that was shown last.
  void Reply(Choice choice, GrantLife life = GrantLife::kOnce, size_t scope = 0) {
    const PromptRequest& request = shown.back();
    Send(
        {.request = request.id, .digest = request.digest, .choice = choice, .life = life, .scope = scope, .by = name_});
  }
  void Send(const Answer& answer) {
    const OnAnswer on_answer = answers_.at(answer.request);
    on_answer(answer);
  }
  void Die() {
    live = false;
    on_gone()();
  }

  bool live = true;
  bool attended = false;
  bool shows_notices = false;
  std::vector<PromptRequest> shown;
  std::vector<std::pair<std::string, std::string>> withdrawn;
  std::vector<Outcome> resolved;
  std::vector<std::string> notices;

 private:
  std::string name_;
  std::map<std::string, OnAnswer> answers_;
};

}  // namespace usher

#endif  // USHER_TESTS_SUPERVISOR_APPROVAL_FAKE_PROMPTER_H_
