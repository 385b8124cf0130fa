// The person's own terminal as the channel: shows the question where the agent cannot write, takes keys that the agent
// cannot send, and leaves one line that says what was decided.

#ifndef USHER_SUPERVISOR_APPROVAL_TTY_PROMPTER_H_
#define USHER_SUPERVISOR_APPROVAL_TTY_PROMPTER_H_

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "supervisor/approval/key_reader.h"
#include "supervisor/approval/prompter.h"
#include "supervisor/approval/question_keys.h"
#include "supervisor/approval/terminal.h"
#include "supervisor/kernel/event_loop.h"

namespace usher {

// False where NO_COLOR is set to anything but nothing (no-color.org). For Options::colour.
bool ColourWanted();

class TtyPrompter : public Prompter {
 public:
  struct Options {
    bool colour = true;  // ColourWanted(); false: no question has an SGR sequence
    std::string home;
    KeyTiming timing;
    std::function<std::string()> word;  // for a secret; a random one when empty
  };

  // `terminal` outlives this.
  TtyPrompter(EventLoop& loop, Terminal& terminal, Options options);
  ~TtyPrompter() override;

  std::string_view name() const override { return "terminal"; }
  bool Live() const override { return terminal_.alive(); }
  void Show(const PromptRequest& request, OnAnswer on_answer) override;
  void Withdraw(std::string_view request_id, std::string_view reason) override;
  void Resolved(const Outcome& outcome) override;
  bool Attended(std::string_view request_id) const override;
  bool Notice(std::string_view text) override;

 private:
  // The question on the screen.
  struct Shown {
    PromptRequest request;
    OnAnswer on_answer;
    QuestionKeys keys;
    bool answered = false;  // and waiting to hear what became of it
  };

  void OnBytes(std::string_view bytes);
  void AwaitPainted();
  void UpdateSoon();
  void Paint();
  void Erase();
  void Leave(std::string_view line);  // takes the question off the screen, for one line
  void FinishSoon();
  void Finish();
  void CountDown();
  std::optional<std::chrono::seconds> Left() const;
  QuestionStyle Style() const;

  EventLoop& loop_;
  Terminal& terminal_;
  Options options_;
  KeyReader reader_;
  std::optional<Shown> shown_;
  int painted_rows_ = 0;
  EventLoop::TimerId countdown_ = 0, finish_ = 0, painted_ = 0, update_ = 0;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_TTY_PROMPTER_H_
