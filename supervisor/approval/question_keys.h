// Keys in, answer out: what the person's keys do to a question. A pure state machine; time is an argument.
//
// Typing meant for the program below must not land on "yes". So nothing counts until the question has been on the
// screen for a while, a key that answers must come after a short quiet and alone (typing and pasting are neither), and
// there is no key for yes that is pressed without thought: Enter and the space bar do nothing.

#ifndef USHER_SUPERVISOR_APPROVAL_QUESTION_KEYS_H_
#define USHER_SUPERVISOR_APPROVAL_QUESTION_KEYS_H_

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/approval/key_reader.h"
#include "supervisor/approval/prompter.h"
#include "supervisor/approval/question.h"

namespace usher {

struct KeyTiming {
  std::chrono::milliseconds guard{700};  // after the question is painted
  std::chrono::milliseconds quiet{150};  // before a key that answers
};

class QuestionKeys {
 public:
  using Clock = std::chrono::steady_clock;

  // `word`: to be typed before a yes; empty where a key is enough.
  QuestionKeys(const PromptRequest& request, std::string word, KeyTiming timing);

  // The question is on the screen since `now`. Nothing counts before the first call.
  void Painted(Clock::time_point now);

  struct Step {
    bool repaint = false;
    std::optional<Answer> answer;  // without `by`, which is the channel's to say
  };
  // The keys of one read, and when it was.
  Step OnKeys(const std::vector<Key>& keys, Clock::time_point now);

  // What to show.
  const QuestionView& view() const { return view_; }
  QuestionView& view() { return view_; }

  // A key that counted was pressed: somebody is there, and the time stands still.
  bool attended() const { return attended_; }

 private:
  Step OnKey(const Key& key, bool may_answer);
  Step OnCommand(char command, bool may_answer);
  Step OnWordKey(const Key& key, bool may_answer);
  Step Answered(Choice choice, GrantLife life);
  Step Repaint() const { return {.repaint = true}; }
  Step ChangeScope(int by);

  std::string id_, digest_;
  size_t steps_;
  std::vector<GrantLife> lives_;
  KeyTiming timing_;
  QuestionView view_;
  std::optional<Clock::time_point> painted_;
  Clock::time_point last_input_{};
  bool attended_ = false;
  bool answered_ = false;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_QUESTION_KEYS_H_
