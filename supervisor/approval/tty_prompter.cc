#include "supervisor/approval/tty_prompter.h"

#include <sodium/randombytes.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/approval/effects.h"

namespace usher {
namespace {

using std::chrono::milliseconds;

// The countdown moves in these steps: a screen that changes each second cannot be read, and is slow over a slow line.
constexpr std::array kSteps = {86400, 43200, 21600, 10800, 7200, 3600, 1800, 900, 600, 300, 120, 60, 45, 30, 20, 10, 5};

// Long enough for the next question to take over without the program's screen flashing up in between.
constexpr milliseconds kBeforeRelease{30};

// Of a terminal that is slow, or stopped with Ctrl-S.
constexpr milliseconds kPaintedPoll{20};

// More calls that wait for the same answer change a number, no more; that can wait.
constexpr milliseconds kUpdatePause{1000};

// None begins with a letter that is a command, and none looks like another.
constexpr std::string_view kWords[] = {
    "anchor",   "autumn", "bamboo", "basket", "bridge",  "button",  "candle", "canyon", "carpet", "cheese",
    "cobalt",   "copper", "engine", "falcon", "feather", "fiddle",  "forest", "garlic", "ginger", "guitar",
    "hammer",   "harbor", "island", "jacket", "jungle",  "lantern", "lemon",  "magnet", "marble", "meadow",
    "needle",   "nickel", "napkin", "quartz", "rabbit",  "ribbon",  "tunnel", "turnip", "velvet", "violin",
    "umbrella", "yellow", "zipper", "galaxy", "barrel",  "bucket",  "candy",  "mirror"};

std::string RandomWord() { return std::string(kWords[randombytes_uniform(static_cast<uint32_t>(std::size(kWords)))]); }

// Cells of a line of ours: SGR sequences take none.
int CellsOf(std::string_view line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\x1b') {
      text += line[i];
      continue;
    }
    while (i < line.size() && line[i] != 'm') ++i;
  }
  return DisplayWidth(text);
}

}  // namespace

bool ColourWanted() {
  const char* no_colour = getenv("NO_COLOR");
  return no_colour == nullptr || *no_colour == '\0';
}

TtyPrompter::TtyPrompter(EventLoop& loop, Terminal& terminal, Options options)
    : loop_(loop), terminal_(terminal), options_(std::move(options)) {
  if (!options_.word) options_.word = &RandomWord;
  terminal_.set_on_resize([this] {
    // The lines may have been broken anew, so they cannot be painted over: once more, below.
    if (!shown_ || shown_->answered) return;
    painted_rows_ = 0;
    Paint();
  });
  terminal_.set_on_hangup([this] {
    if (on_gone()) on_gone()();
  });
}

TtyPrompter::~TtyPrompter() {
  terminal_.set_on_resize(nullptr);
  terminal_.set_on_hangup(nullptr);
  loop_.Cancel(countdown_);
  loop_.Cancel(finish_);
  loop_.Cancel(painted_);
  loop_.Cancel(update_);
  if (terminal_.held()) terminal_.Release();
}

void TtyPrompter::Show(const PromptRequest& request, OnAnswer on_answer) {
  if (!Live()) return;
  if (shown_ && shown_->request.id == request.id) {
    if (shown_->answered) return;
    shown_->request = request;
    shown_->on_answer = std::move(on_answer);
    UpdateSoon();
    return;
  }
  loop_.Cancel(finish_);
  if (shown_) Erase();
  const bool wants_word = request.decision.risk == Risk::kSecret;
  shown_.emplace(Shown{request, std::move(on_answer),
                       QuestionKeys(request, wants_word ? options_.word() : std::string(), options_.timing)});
  reader_ = KeyReader();
  const bool already_held = terminal_.held();
  terminal_.Hold([this](std::string_view bytes) { OnBytes(bytes); });
  // A program's unfinished line is not ours to write on; and the bell, for a held call is easily overlooked.
  terminal_.Write(already_held ? "\a" : "\r\n\a");
  painted_rows_ = 0;
  Paint();
  AwaitPainted();
  CountDown();
}

// What has not left for the terminal has not been read by anybody: until then no key counts.
void TtyPrompter::AwaitPainted() {
  loop_.Cancel(painted_);
  if (!shown_) return;
  if (!terminal_.output_pending()) return shown_->keys.Painted(EventLoop::Clock::now());
  painted_ = loop_.After(kPaintedPoll, [this] { AwaitPainted(); });
}

void TtyPrompter::UpdateSoon() {
  if (update_ != 0) return;
  update_ = loop_.After(kUpdatePause, [this] {
    update_ = 0;
    if (shown_ && !shown_->answered) Paint();
  });
}

void TtyPrompter::Withdraw(std::string_view request_id, std::string_view reason) {
  if (!shown_ || shown_->request.id != request_id) return;
  Leave(RenderWithdrawn(shown_->request, reason, Style()));
  FinishSoon();
}

void TtyPrompter::Resolved(const Outcome& outcome) {
  if (!shown_ || shown_->request.id != outcome.request) return;
  Leave(RenderOutcome(shown_->request, outcome, Style()));
  FinishSoon();
}

bool TtyPrompter::Attended(std::string_view request_id) const {
  return shown_ && shown_->request.id == request_id && shown_->keys.attended();
}

bool TtyPrompter::Notice(std::string_view text) {
  if (!Live()) return false;
  const bool borrowed = !terminal_.held();
  if (borrowed) {
    terminal_.Hold([](std::string_view) {});
    terminal_.Write("\r\n");
  } else {
    Erase();
  }
  terminal_.Write(Cat("usher: ", text, "\n"));
  if (shown_ && !shown_->answered) Paint();
  if (borrowed) FinishSoon();
  return true;
}

void TtyPrompter::OnBytes(std::string_view bytes) {
  const auto now = EventLoop::Clock::now();
  const std::vector<Key> keys = reader_.Feed(bytes, now);
  if (!shown_ || shown_->answered) return;
  const bool attended_before = shown_->keys.attended();
  QuestionKeys::Step step = shown_->keys.OnKeys(keys, now);
  if (step.repaint || attended_before != shown_->keys.attended()) Paint();
  if (!step.answer) return;
  shown_->answered = true;
  loop_.Cancel(countdown_);
  step.answer->by = std::string(name());
  FinishSoon();  // should nobody tell us what became of it
  const OnAnswer on_answer = shown_->on_answer;
  on_answer(*step.answer);
}

void TtyPrompter::Paint() {
  Erase();
  QuestionView& view = shown_->keys.view();
  view.left = Left();
  view.waited = std::chrono::duration_cast<std::chrono::seconds>(EventLoop::Clock::now() - shown_->request.asked_at);
  const int columns = std::max(1, terminal_.columns());
  std::string text;
  for (const std::string& line : RenderQuestion(shown_->request, view, Style())) {
    text += Cat(line, "\n");
    painted_rows_ += std::max(1, (CellsOf(line) + columns - 1) / columns);
  }
  terminal_.Write(text);
}

void TtyPrompter::Erase() {
  // Beyond the top of the screen the cursor does not go; what scrolled off stays there.
  const int rows = std::min(painted_rows_, terminal_.rows() - 1);
  painted_rows_ = 0;
  if (rows > 0) terminal_.Write(Cat("\r\x1b[", rows, "A\x1b[J"));
}

void TtyPrompter::Leave(std::string_view line) {
  loop_.Cancel(countdown_);
  Erase();
  terminal_.Write(Cat(line, "\n"));
  shown_.reset();
}

void TtyPrompter::FinishSoon() {
  loop_.Cancel(finish_);
  finish_ = loop_.After(kBeforeRelease, [this] { Finish(); });
}

void TtyPrompter::Finish() {
  if (shown_ && !shown_->answered) return;
  if (shown_) Leave("usher: answered");
  terminal_.Release();
}

QuestionStyle TtyPrompter::Style() const {
  return {.columns = terminal_.columns(), .colour = options_.colour, .home = options_.home};
}

std::optional<std::chrono::seconds> TtyPrompter::Left() const {
  if (shown_->keys.attended()) return std::nullopt;  // Approvals lets no question run out while one is attended
  const auto hold = std::chrono::ceil<std::chrono::seconds>(shown_->request.hold);
  const auto left = shown_->request.asked_at + shown_->request.hold - EventLoop::Clock::now();
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
  // The step last passed, so that what is shown is never less than what is left.
  size_t step = 0;
  while (step + 1 < kSteps.size() && seconds <= kSteps[step + 1]) ++step;
  return std::min(hold, std::chrono::seconds(kSteps[step]));
}

void TtyPrompter::CountDown() {
  loop_.Cancel(countdown_);
  if (!shown_ || shown_->answered || !Left()) return;
  const auto left = std::chrono::duration_cast<milliseconds>(shown_->request.asked_at + shown_->request.hold -
                                                             EventLoop::Clock::now());
  milliseconds until{0};
  for (const int step : kSteps) {
    if (left > std::chrono::seconds(step)) {
      until = left - std::chrono::seconds(step);
      break;
    }
  }
  if (until <= milliseconds(0)) return;
  countdown_ = loop_.After(until + milliseconds(5), [this] {
    if (shown_ && !shown_->answered) Paint();
    CountDown();
  });
}

}  // namespace usher
