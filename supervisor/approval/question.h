// A question as lines for a terminal. Pure: the same question at the same width gives the same lines, and no byte of a
// tracee gets through but as printable text.

#ifndef USHER_SUPERVISOR_APPROVAL_QUESTION_H_
#define USHER_SUPERVISOR_APPROVAL_QUESTION_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/approval/prompter.h"

namespace usher {

// How it looks here.
struct QuestionStyle {
  int columns = 80;    // never less than 40 is used
  bool colour = true;  // NO_COLOR: no SGR sequence at all, and everything still said in words
  std::string home;    // shown as "~" where nothing is decided by it
};

// What the person did to it so far.
struct QuestionView {
  size_t scope = 0;  // step of the ladder
  bool details = false;
  bool help = false;
  std::string word;  // to be typed for a secret; empty: no word
  std::string typed;
  std::optional<std::chrono::seconds> left;  // at most, until it is denied unanswered; nothing: its time stands still
  std::chrono::seconds waited{0};
};

// Without newlines. The only control bytes are SGR sequences, and none without colour.
std::vector<std::string> RenderQuestion(const PromptRequest& request, const QuestionView& view,
                                        const QuestionStyle& style);

// The one line that stays when a question is over.
std::string RenderOutcome(const PromptRequest& request, const Outcome& outcome, const QuestionStyle& style);
std::string RenderWithdrawn(const PromptRequest& request, std::string_view reason, const QuestionStyle& style);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_QUESTION_H_
