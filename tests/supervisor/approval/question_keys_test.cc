#include "supervisor/approval/question_keys.h"

#include <gtest/gtest.h>

namespace usher {
namespace {

using std::chrono::milliseconds;
using Clock = QuestionKeys::Clock;

constexpr Clock::time_point kStart{std::chrono::hours(1)};

PromptRequest Request(std::vector<GrantLife> lives = {GrantLife::kOnce, GrantLife::kSession, GrantLife::kProject}) {
  return {.id = "r1",
          .operation = FileOperation{.path = "/x/a"},
          .ladder = {FileScope{FileUse::kRead, "/x/a", false}, FileScope{FileUse::kRead, "/x", true},
                     FileScope{FileUse::kRead, "/", true}},
          .lives = std::move(lives),
          .digest = "sha256:1"};
}

class Session {
 public:
  explicit Session(PromptRequest request = Request(), std::string word = "") : keys_(request, std::move(word), {}) {
    keys_.Painted(kStart);
  }
  // Each character is a key of its own, pressed at leisure. '<' and '>' are the arrows, '\n' Enter, '\b' Backspace, '^'
  // Ctrl-C.
  QuestionKeys::Step Press(std::string_view characters) {
    QuestionKeys::Step last;
    for (const char c : characters) last = keys_.OnKeys({KeyOf(c)}, now_ += milliseconds(1000));
    return last;
  }
  QuestionKeys::Step PressAt(std::string_view characters, milliseconds after_paint) {
    std::vector<Key> keys;
    for (const char c : characters) keys.push_back(KeyOf(c));
    return keys_.OnKeys(keys, now_ = kStart + after_paint);
  }
  QuestionKeys& keys() { return keys_; }

 private:
  static Key KeyOf(char c) {
    switch (c) {
      case '<':
        return {.kind = Key::Kind::kLeft};
      case '>':
        return {.kind = Key::Kind::kRight};
      case '\n':
        return {.kind = Key::Kind::kEnter};
      case '\b':
        return {.kind = Key::Kind::kBackspace};
      case '^':
        return {.kind = Key::Kind::kInterrupt};
      default:
        return {.kind = Key::Kind::kCharacter, .character = c};
    }
  }

  QuestionKeys keys_;
  Clock::time_point now_ = kStart;
};

struct KeysCase {
  std::string keys;
  std::optional<Choice> choice;  // nothing: no answer
  GrantLife life = GrantLife::kOnce;
  size_t scope = 0;
};

void ExpectAnswers(const std::vector<KeysCase>& cases, const std::vector<GrantLife>& lives, const std::string& word) {
  for (const KeysCase& test : cases) {
    Session session(Request(lives), word);
    const QuestionKeys::Step step = session.Press(test.keys);
    ASSERT_EQ(step.answer.has_value(), test.choice.has_value()) << test.keys;
    if (!test.choice) continue;
    EXPECT_EQ(step.answer->choice, *test.choice) << test.keys;
    EXPECT_EQ(step.answer->life, test.life) << test.keys;
    EXPECT_EQ(step.answer->scope, test.scope) << test.keys;
    EXPECT_EQ(step.answer->request, "r1");
    EXPECT_EQ(step.answer->digest, "sha256:1");
  }
}

TEST(QuestionKeys, EachKeyGivesItsAnswer) {
  ExpectAnswers(
      {
          {"o", Choice::kAllow, GrantLife::kOnce},
          {"s", Choice::kAllow, GrantLife::kSession},
          {"p", Choice::kAllow, GrantLife::kProject},
          {"d", Choice::kDeny},
          {"^", Choice::kDeny},
          {"D", Choice::kDenySession, GrantLife::kSession},
          {"k", Choice::kStopAgent},
          {">s", Choice::kAllow, GrantLife::kSession, 1},
          {">>>>o", Choice::kAllow, GrantLife::kOnce, 2},
          {">><o", Choice::kAllow, GrantLife::kOnce, 1},
          {"<<o", Choice::kAllow, GrantLife::kOnce, 0},
          {"w?o", Choice::kAllow, GrantLife::kOnce},
          // no answer
          {"\n", std::nullopt},
          {" ", std::nullopt},
          {"y", std::nullopt},
          {"Y", std::nullopt},
          {"O", std::nullopt},
          {"S", std::nullopt},
          {"\b", std::nullopt},
          {"\n \n \n", std::nullopt},
          {"w", std::nullopt},
          {"?", std::nullopt},
      },
      {GrantLife::kOnce, GrantLife::kSession, GrantLife::kProject}, "");
}

TEST(QuestionKeys, ALifeThatIsNotOfferedHasNoKey) {
  ExpectAnswers({{"o", Choice::kAllow}, {"s", std::nullopt}, {"p", std::nullopt}, {"d", Choice::kDeny}},
                {GrantLife::kOnce}, "");
  ExpectAnswers({{"s", Choice::kAllow, GrantLife::kSession}, {"p", std::nullopt}},
                {GrantLife::kOnce, GrantLife::kSession}, "");
}

TEST(QuestionKeys, ASecretNeedsTheWholeWord) {
  ExpectAnswers(
      {
          {"harbor\n", Choice::kAllow, GrantLife::kOnce},
          {"hat\b\barbor\n", Choice::kAllow, GrantLife::kOnce},
          {"hello\nharbor\n", Choice::kAllow, GrantLife::kOnce},
          {"o", std::nullopt},
          {"s", std::nullopt},
          {"harbor", std::nullopt},
          {"harbo\n", std::nullopt},
          {"\n", std::nullopt},
          {"harborr\n", std::nullopt},
          {"Harbor\n", std::nullopt},
          {"ha rbor\n", std::nullopt},
          {"d", Choice::kDeny},
          {"D", Choice::kDenySession, GrantLife::kSession},
          {"k", Choice::kStopAgent},
          {"h\bd", Choice::kDeny},
          {"had", std::nullopt},  // typing a word is not answering
          {"^", Choice::kDeny},
      },
      {GrantLife::kOnce}, "harbor");
}

TEST(QuestionKeys, NothingCountsBeforeItHasBeenSeen) {
  for (const char* key : {"o", "d", "D", "k", "w", ">"}) {
    Session early;
    EXPECT_FALSE(early.PressAt(key, milliseconds(699)).answer) << key;
    EXPECT_FALSE(early.keys().attended());
    EXPECT_FALSE(early.keys().view().details);
    EXPECT_EQ(early.keys().view().scope, 0u);
    QuestionKeys unpainted(Request(), "", {});
    EXPECT_FALSE(unpainted.OnKeys({{.kind = Key::Kind::kCharacter, .character = 'o'}}, kStart).answer);
  }
  Session later;
  EXPECT_TRUE(later.PressAt("o", milliseconds(700)).answer);
}

TEST(QuestionKeys, AnAnswerNeedsQuietBeforeIt) {
  Session typing;
  EXPECT_FALSE(typing.PressAt("x", milliseconds(700)).answer);
  EXPECT_FALSE(typing.PressAt("o", milliseconds(849)).answer);
  EXPECT_FALSE(typing.PressAt("s", milliseconds(990)).answer);
  EXPECT_TRUE(typing.PressAt("o", milliseconds(1140)).answer);

  Session blind;  // keys that did not count break the quiet as well
  EXPECT_FALSE(blind.PressAt("x", milliseconds(650)).answer);
  EXPECT_FALSE(blind.PressAt("o", milliseconds(750)).answer);

  Session report;  // and so do reports of the terminal, of which no key is left
  EXPECT_FALSE(report.PressAt("", milliseconds(900)).answer);
  EXPECT_FALSE(report.PressAt("o", milliseconds(950)).answer);
  EXPECT_FALSE(report.keys().attended() && report.keys().view().details);
}

TEST(QuestionKeys, KeysInOneLumpAreNoAnswer) {
  Session session;
  EXPECT_FALSE(session.PressAt("so", milliseconds(2000)).answer);
  EXPECT_TRUE(session.PressAt("s", milliseconds(3000)).answer);
}

TEST(QuestionKeys, AWordMayComeInOneLumpButItsEnterMayNot) {
  Session session(Request({GrantLife::kOnce}), "harbor");
  EXPECT_FALSE(session.PressAt("harbor\n", milliseconds(2000)).answer);
  EXPECT_TRUE(session.PressAt("\n", milliseconds(3000)).answer);
}

TEST(QuestionKeys, AfterAnAnswerNothingMoreComes) {
  Session session;
  EXPECT_TRUE(session.Press("d").answer);
  EXPECT_FALSE(session.Press("o").answer);
}

TEST(QuestionKeys, AKeyThatCountsStopsTheClock) {
  Session session;
  EXPECT_FALSE(session.keys().attended());
  session.Press("x");
  EXPECT_TRUE(session.keys().attended());
}

TEST(QuestionKeys, WhatIsShownFollowsTheKeys) {
  Session session;
  EXPECT_TRUE(session.Press(">").repaint);
  EXPECT_EQ(session.keys().view().scope, 1u);
  EXPECT_TRUE(session.Press("w").repaint);
  EXPECT_TRUE(session.keys().view().details);
  EXPECT_TRUE(session.Press("w").repaint);
  EXPECT_FALSE(session.keys().view().details);
  EXPECT_TRUE(session.Press("?").repaint);
  EXPECT_TRUE(session.keys().view().help);
  EXPECT_FALSE(session.Press(" ").repaint);
}

}  // namespace
}  // namespace usher
