#include "supervisor/approval/tty_prompter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <regex>

#include "tests/supervisor/approval/fake_screen.h"

namespace usher {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

PromptRequest Request(std::string id = "r1", Risk risk = Risk::kNetwork) {
  return {.id = std::move(id),
          .operation = NetOperation{.action = NetAction::kConnect, .port = 443, .names = {"registry.example"}},
          .decision = {.verdict = Verdict::kAsk, .risk = risk, .rule = "no rule"},
          .subject = {.pid = 7, .exe = "/usr/bin/node", .argv = {"npm", "install"}, .chain = {"claude", "npm"}},
          .ladder = {HostScope{"registry.example", false, 443, false}, HostScope{"registry.example", true, 443, false}},
          .lives = {GrantLife::kOnce, GrantLife::kSession, GrantLife::kProject},
          .digest = "sha256:1",
          .asked_at = EventLoop::Clock::now(),
          .hold = milliseconds(60000)};
}

class TtyPrompterTest : public ::testing::Test {
 protected:
  // Tests do not wait for a person's reaction time; the guard itself is tested with QuestionKeys.
  void Start(KeyTiming timing = {.guard = milliseconds(0), .quiet = milliseconds(0)}) {
    ASSERT_TRUE(screen_.terminal->Start().ok());
    prompter_.emplace(screen_.loop, *screen_.terminal,
                      TtyPrompter::Options{.colour = false, .home = "/home/me", .timing = timing, .word = [] {
                                             return std::string("harbor");
                                           }});
  }
  void Ask(const PromptRequest& request) {
    prompter_->Show(request, [this](const Answer& answer) { answers_.push_back(answer); });
  }
  void AskAndWait(const PromptRequest& request) {
    screen_.Forget();
    Ask(request);
    screen_.RunUntil([&] { return screen_.Shows("until you answer"); });
    screen_.Settle();
  }

  FakeScreen screen_;
  std::optional<TtyPrompter> prompter_;
  std::vector<Answer> answers_;
};

TEST_F(TtyPrompterTest, AsksAndBringsTheAnswerBack) {
  Start();
  EXPECT_TRUE(prompter_->Live());
  AskAndWait(Request());
  EXPECT_THAT(screen_.Seen(), HasSubstr("registry.example:443"));
  EXPECT_THAT(screen_.Seen(), HasSubstr("\a"));
  EXPECT_TRUE(screen_.terminal->held());
  EXPECT_FALSE(prompter_->Attended("r1"));
  screen_.Type("\x1b[C");
  screen_.RunUntil([&] { return screen_.Shows("2 of 2"); });
  EXPECT_TRUE(prompter_->Attended("r1"));
  EXPECT_FALSE(prompter_->Attended("r2"));
  screen_.Type("s");
  screen_.RunUntil([&] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].choice, Choice::kAllow);
  EXPECT_EQ(answers_[0].life, GrantLife::kSession);
  EXPECT_EQ(answers_[0].scope, 1u);
  EXPECT_EQ(answers_[0].digest, "sha256:1");
  EXPECT_EQ(answers_[0].by, "terminal");
  prompter_->Resolved(
      {.request = "r1", .allow = true, .life = GrantLife::kSession, .grant = "g7", .scope = Request().ladder[1]});
  screen_.RunUntil([&] { return !screen_.terminal->held(); });
  EXPECT_THAT(screen_.Seen(), HasSubstr("undo: usher revoke g7\r\n"));
  screen_.Type("x");
  screen_.RunUntil([&] { return screen_.Received() == "x"; });
}

TEST_F(TtyPrompterTest, NothingThatIsTypedTooEarlyCounts) {
  Start({.guard = std::chrono::hours(1), .quiet = milliseconds(0)});
  AskAndWait(Request());
  screen_.Type("o");
  screen_.Settle();
  screen_.Type("s");
  screen_.Settle();
  EXPECT_THAT(answers_, SizeIs(0));
  EXPECT_FALSE(prompter_->Attended("r1"));
  EXPECT_EQ(screen_.Received(), "") << "and it is not the program's either";
}

TEST_F(TtyPrompterTest, EnterSpaceReportsAndPastesDoNothing) {
  Start();
  AskAndWait(Request());
  for (const char* bytes : {"\r", " ", "\x1b[?64;1;2c", "\x1b[200~o\x1b[201~", "\x1b]l;o\a", "oo"}) {
    screen_.Type(bytes);
    screen_.Settle();
  }
  EXPECT_THAT(answers_, SizeIs(0));
  screen_.Type("d");
  screen_.RunUntil([&] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].choice, Choice::kDeny);
}

TEST_F(TtyPrompterTest, ASecretNeedsItsWord) {
  Start();
  AskAndWait(Request("r1", Risk::kSecret));
  EXPECT_THAT(screen_.Seen(), HasSubstr("type the word   harbor"));
  screen_.Type("o");
  screen_.Settle();
  EXPECT_THAT(answers_, SizeIs(0));
  screen_.Type("harbor");
  screen_.RunUntil([&] { return screen_.Shows("harbor_"); });
  screen_.Type("\r");
  screen_.RunUntil([&] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].choice, Choice::kAllow);
  EXPECT_EQ(answers_[0].life, GrantLife::kOnce);
}

TEST_F(TtyPrompterTest, WordsAreDrawnWhenNoneIsGiven) {
  ASSERT_TRUE(screen_.terminal->Start().ok());
  prompter_.emplace(screen_.loop, *screen_.terminal, TtyPrompter::Options{.colour = false});
  AskAndWait(Request("r1", Risk::kSecret));
  const size_t at = screen_.Seen().find("type the word   ");
  ASSERT_NE(at, std::string::npos);
  const char first = screen_.Seen()[at + 16];
  EXPECT_TRUE(first >= 'a' && first <= 'z');
  EXPECT_EQ(std::string_view("dDkwosp?").find(first), std::string_view::npos) << "a command, not a word";
}

TEST_F(TtyPrompterTest, AWithdrawnQuestionLeavesOneLineAndLetsGo) {
  Start();
  AskAndWait(Request());
  ASSERT_TRUE(screen_.Print("waiting output"));
  prompter_->Withdraw("other", "not this one");
  screen_.Settle();
  EXPECT_TRUE(screen_.terminal->held());
  prompter_->Withdraw("r1", "gone: the process ended");
  screen_.RunUntil([&] { return screen_.Shows("waiting output"); });
  EXPECT_THAT(screen_.Seen(), HasSubstr("gone: the process ended\r\n"));
  EXPECT_FALSE(screen_.terminal->held());
  EXPECT_THAT(answers_, SizeIs(0));
}

TEST_F(TtyPrompterTest, TheNextQuestionTakesOverWithoutLettingGo) {
  Start();
  AskAndWait(Request("r1"));
  ASSERT_TRUE(screen_.Print("PROGRAM"));
  screen_.Type("o");
  screen_.RunUntil([&] { return answers_.size() == 1; });
  prompter_->Resolved({.request = "r1", .allow = true});
  AskAndWait(Request("r2"));
  EXPECT_THAT(screen_.Seen(), Not(HasSubstr("PROGRAM")));
  EXPECT_TRUE(screen_.terminal->held());
  screen_.Type("d");
  screen_.RunUntil([&] { return answers_.size() == 2; });
  EXPECT_EQ(answers_[1].request, "r2");
}

TEST_F(TtyPrompterTest, AnAnswerNobodySpeaksOfLetsGoAllTheSame) {
  Start();
  AskAndWait(Request());
  screen_.Type("d");
  screen_.RunUntil([&] { return !screen_.terminal->held(); });
}

TEST_F(TtyPrompterTest, RepaintingWritesOverTheLastPainting) {
  Start();
  AskAndWait(Request());
  const std::string first = screen_.Seen();
  const auto rows = std::count(first.begin() + static_cast<ptrdiff_t>(first.find("━━ usher")), first.end(), '\n');
  screen_.Forget();
  screen_.Type("w");
  screen_.RunUntil([&] { return screen_.Shows("until you answer"); });
  EXPECT_THAT(screen_.Seen(), ::testing::StartsWith("\r\x1b[" + std::to_string(rows) + "A\x1b[J"));
}

TEST_F(TtyPrompterTest, AfterAChangeOfSizeItIsPaintedAnew) {
  Start();
  AskAndWait(Request());
  screen_.Forget();
  screen_.SetSize(50, 60);
  screen_.terminal->Resize();
  screen_.RunUntil([&] { return screen_.Shows("until you answer"); });
  EXPECT_THAT(screen_.Seen(), Not(HasSubstr("A\x1b[J")));
}

TEST_F(TtyPrompterTest, TheCountdownGoesInStepsAndStopsAtAKey) {
  Start();
  PromptRequest request = Request();
  request.asked_at -= std::chrono::seconds(14);
  request.asked_at -= milliseconds(900);
  AskAndWait(request);
  EXPECT_THAT(screen_.Seen(), HasSubstr("━ 1:00 ━"));
  screen_.RunUntil([&] { return screen_.Shows("━ 0:45 ━"); });
  screen_.Type("x");
  screen_.RunUntil([&] { return screen_.Shows("no countdown"); });
}

TEST_F(TtyPrompterTest, ADangerousOneRunsOutLikeAnyOtherAndSaysSo) {
  Start();
  AskAndWait(Request("r1", Risk::kSecret));
  EXPECT_THAT(screen_.Seen(), HasSubstr("▓ 1:00 ▓"));
  EXPECT_THAT(screen_.Seen(), HasSubstr("denied within 1:00 if unanswered"));
  EXPECT_THAT(screen_.Seen(), Not(HasSubstr("no countdown")));
  screen_.Type("x");
  screen_.RunUntil([&] { return screen_.Shows("no countdown"); });
}

TEST_F(TtyPrompterTest, TheTimeThatIsShownIsNeverLessThanWhatIsLeft) {
  Start();
  PromptRequest request = Request();
  request.hold = std::chrono::hours(24);
  AskAndWait(request);
  EXPECT_THAT(screen_.Seen(), HasSubstr("denied within 24:00:00"));
  request = Request("r2");
  request.hold = std::chrono::seconds(100);
  AskAndWait(request);
  EXPECT_THAT(screen_.Seen(), HasSubstr("denied within 1:40")) << "nor more than the whole";
}

// As no-color.org has it, the usual way off included.
TEST(ColourWantedTest, NoColourIsHonoured) {
  const char* before = getenv("NO_COLOR");
  const std::string kept = before == nullptr ? "" : before;
  unsetenv("NO_COLOR");
  EXPECT_TRUE(ColourWanted());
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(ColourWanted());
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(ColourWanted());
  before == nullptr ? unsetenv("NO_COLOR") : setenv("NO_COLOR", kept.c_str(), 1);
}

// All that a question, its answer and a notice are made of. A bare reset when the screen is taken over is no colour: it
// ends those of the program.
TEST_F(TtyPrompterTest, WithoutColourNoSgrSequenceIsWritten) {
  const auto coloured = [this](bool colour) {
    prompter_.reset();
    prompter_.emplace(screen_.loop, *screen_.terminal,
                      TtyPrompter::Options{.colour = colour, .timing = {.guard = milliseconds(0), .quiet = {}}});
    PromptRequest request = Request(colour ? "r1" : "r2", Risk::kSecret);
    request.operation = FileOperation{.action = FileAction::kRead, .path = "/home/me/\u202e.ssh"};
    AskAndWait(request);
    const std::string asked = screen_.Seen();
    screen_.Type("w");
    screen_.RunUntil([&] { return screen_.Shows("step 1"); });
    screen_.RunUntil([&] { return screen_.Shows("until you answer"); });
    prompter_->Notice("a notice");
    prompter_->Resolved({.request = request.id, .allow = false});
    screen_.RunUntil([&] { return screen_.Shows("usher: denied "); });
    std::string seen = asked + screen_.Seen();
    for (size_t at = 0; (at = seen.find("\x1b[0m", at)) != std::string::npos;) seen.erase(at, 4);
    return std::regex_search(seen, std::regex("\x1b\\[[0-9;:]*m"));
  };
  ASSERT_TRUE(screen_.terminal->Start().ok());
  EXPECT_TRUE(coloured(true));
  EXPECT_FALSE(coloured(false));
}

TEST_F(TtyPrompterTest, AnUpdateIsNoNewQuestion) {
  Start();
  AskAndWait(Request());
  PromptRequest update = Request();
  update.held_calls = 9;
  Ask(update);
  screen_.RunUntil([&] { return screen_.Shows("9 calls held"); });
  screen_.Type("d");
  screen_.RunUntil([&] { return !answers_.empty(); });
  screen_.Settle();
  EXPECT_THAT(answers_, SizeIs(1));
}

TEST_F(TtyPrompterTest, ANoticeIsOneLine) {
  Start();
  prompter_->Notice("too many questions");
  screen_.RunUntil([&] { return screen_.Shows("usher: too many questions\r\n"); });
  screen_.RunUntil([&] { return !screen_.terminal->held(); });
  AskAndWait(Request());
  prompter_->Notice("another");
  screen_.RunUntil([&] { return screen_.Shows("usher: another\r\n"); });
  screen_.Settle();
  EXPECT_TRUE(screen_.terminal->held()) << "the question still stands";
  screen_.Type("d");
  screen_.RunUntil([&] { return !answers_.empty(); });
}

TEST_F(TtyPrompterTest, AClosedWindowIsTheEndOfTheChannel) {
  Start();
  bool gone = false;
  prompter_->set_on_gone([&] { gone = true; });
  AskAndWait(Request());
  screen_.CloseWindow();
  screen_.RunUntil([&] { return gone; });
  EXPECT_FALSE(prompter_->Live());
  Ask(Request("r2"));
  prompter_->Notice("nobody");
}

TEST_F(TtyPrompterTest, ItLetsGoWhenItGoes) {
  Start();
  AskAndWait(Request());
  prompter_.reset();
  EXPECT_FALSE(screen_.terminal->held());
}

}  // namespace
}  // namespace usher
