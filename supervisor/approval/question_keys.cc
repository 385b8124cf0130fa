#include "supervisor/approval/question_keys.h"

#include <algorithm>
#include <utility>

namespace usher {
namespace {

bool IsLetter(const Key& key) {
  return key.kind == Key::Kind::kCharacter && key.character >= 'a' && key.character <= 'z';
}

}  // namespace

QuestionKeys::QuestionKeys(const PromptRequest& request, std::string word, KeyTiming timing)
    : id_(request.id), digest_(request.digest), steps_(request.ladder.size()), lives_(request.lives), timing_(timing) {
  view_.word = std::move(word);
}

void QuestionKeys::Painted(Clock::time_point now) { painted_ = now; }

QuestionKeys::Step QuestionKeys::OnKeys(const std::vector<Key>& keys, Clock::time_point now) {
  const bool quiet = now - last_input_ >= timing_.quiet;
  last_input_ = now;
  if (!painted_ || now - *painted_ < timing_.guard || answered_) return {};
  Step all;
  for (const Key& key : keys) {
    attended_ = true;
    Step step = OnKey(key, quiet && keys.size() == 1);
    all.repaint |= step.repaint;
    if (!step.answer) continue;
    answered_ = true;
    all.answer = std::move(step.answer);
    break;
  }
  return all;
}

QuestionKeys::Step QuestionKeys::OnKey(const Key& key, bool may_answer) {
  switch (key.kind) {
    case Key::Kind::kLeft:
      return ChangeScope(-1);
    case Key::Kind::kRight:
      return ChangeScope(+1);
    case Key::Kind::kInterrupt:
      return may_answer ? Answered(Choice::kDeny, GrantLife::kOnce) : Step{};
    case Key::Kind::kEnter:
    case Key::Kind::kBackspace:
    case Key::Kind::kCharacter:
      if (!view_.word.empty() && (!view_.typed.empty() || (IsLetter(key) && key.character == view_.word.front()))) {
        return OnWordKey(key, may_answer);
      }
      return key.kind == Key::Kind::kCharacter ? OnCommand(key.character, may_answer) : Step{};
    case Key::Kind::kOther:
      return {};
  }
  return {};
}

QuestionKeys::Step QuestionKeys::OnCommand(char command, bool may_answer) {
  switch (command) {
    case 'w':
      view_.details = !view_.details;
      return Repaint();
    case '?':
      view_.help = !view_.help;
      return Repaint();
    default:
      break;
  }
  if (!may_answer) return {};
  const auto allow = [this](GrantLife life) {
    const bool offered = std::find(lives_.begin(), lives_.end(), life) != lives_.end();
    return offered && view_.word.empty() ? Answered(Choice::kAllow, life) : Step{};
  };
  switch (command) {
    case 'o':
      return allow(GrantLife::kOnce);
    case 's':
      return allow(GrantLife::kSession);
    case 'p':
      return allow(GrantLife::kProject);
    case 'd':
      return Answered(Choice::kDeny, GrantLife::kOnce);
    case 'D':
      return Answered(Choice::kDenySession, GrantLife::kSession);
    case 'k':
      return Answered(Choice::kStopAgent, GrantLife::kOnce);
    default:
      return {};
  }
}

QuestionKeys::Step QuestionKeys::OnWordKey(const Key& key, bool may_answer) {
  if (key.kind == Key::Kind::kEnter) {
    // Nobody types the right word by accident, so it may come as fast as it likes; only the Enter must stand alone.
    if (view_.typed == view_.word && may_answer) return Answered(Choice::kAllow, GrantLife::kOnce);
    if (view_.typed != view_.word) view_.typed.clear();
  } else if (key.kind == Key::Kind::kBackspace) {
    view_.typed.pop_back();
  } else if (IsLetter(key) && view_.typed.size() < view_.word.size()) {
    view_.typed += key.character;
  } else {
    view_.typed.clear();
  }
  return Repaint();
}

QuestionKeys::Step QuestionKeys::Answered(Choice choice, GrantLife life) {
  return {.answer = Answer{.request = id_, .digest = digest_, .choice = choice, .life = life, .scope = view_.scope}};
}

QuestionKeys::Step QuestionKeys::ChangeScope(int by) {
  if (by < 0 && view_.scope > 0) {
    --view_.scope;
  } else if (by > 0 && view_.scope + 1 < steps_) {
    ++view_.scope;
  } else {
    return {};
  }
  return Repaint();
}

}  // namespace usher
