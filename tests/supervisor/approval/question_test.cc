#include "supervisor/approval/question.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "policies/escape.h"
#include "supervisor/approval/screen_text.h"
#include "tests/fuzz/approval/question_demands.h"
#include "tests/supervisor/approval/temporary_directory.h"

namespace usher {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

PromptRequest Network() {
  return {.id = "r17",
          .operation = NetOperation{.action = NetAction::kConnect,
                                    .address = IpAddress::V4({104, 16, 3, 35}),
                                    .port = 443,
                                    .names = {"registry.example"}},
          .decision = {.verdict = Verdict::kAsk,
                       .risk = Risk::kNetwork,
                       .rule = "network.ask \"*\"",
                       .source = "builtin:developer:41:3"},
          .subject = {.pid = 48213,
                      .exe = "/usr/bin/node",
                      .cwd = "/home/me/src/shop",
                      .argv = {"npm", "install", "left pad"},
                      .chain = {"claude", "bash", "sh", "npm"}},
          .ladder = {HostScope{"registry.example", false, 443, false}, HostScope{"registry.example", true, 0, false}},
          .lives = {GrantLife::kOnce, GrantLife::kSession, GrantLife::kProject},
          .digest = "sha256:5d1c",
          .held_calls = 3,
          .waiting = 3,
          .also_covers = {0, 2}};
}

PromptRequest Secret() {
  PromptRequest request = Network();
  request.operation = FileOperation{
      .action = FileAction::kRead, .path = "/home/me/.ssh/id_ed25519", .asked = "docs\u202e/../../.ssh/id_ed25519"};
  request.decision.risk = Risk::kSecret;
  request.ladder = {FileScope{FileUse::kRead, "/home/me/.ssh/id_ed25519", false}};
  request.lives = {GrantLife::kOnce};
  return request;
}

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string Render(const PromptRequest& request, QuestionView view = {},
                   QuestionStyle style = {.colour = false, .home = "/home/me"}) {
  return Join(RenderQuestion(request, view, style));
}

TEST(Question, SaysWhoWantsWhatAndWhatAYesMeans) {
  const std::string text = Render(Network(), {.left = std::chrono::seconds(45), .waited = std::chrono::seconds(3)});
  EXPECT_THAT(text, HasSubstr("━━ usher ━━ NETWORK ━"));
  EXPECT_THAT(text, HasSubstr("2 more waiting ━ 0:45 ━━\n"));
  EXPECT_THAT(text, HasSubstr("  npm wants to connect to\n\n    registry.example:443\n"));
  EXPECT_THAT(text, HasSubstr("  who      claude › bash › npm install 'left pad'\n"));
  EXPECT_THAT(text, HasSubstr("/usr/bin/node · in ~/src/shop · pid 48213"));
  EXPECT_THAT(text, HasSubstr("3 calls held · denied within 0:45 if unanswered\n"));
  EXPECT_THAT(text, HasSubstr("why now  network.ask \"*\" (builtin:developer:41:3)"));
  EXPECT_THAT(text, HasSubstr("if yes   what the sandbox can read could be sent there"));
  EXPECT_THAT(text, HasSubstr("o once     s this session     p this project, until unused for 90 days"));
  EXPECT_THAT(text, HasSubstr("d deny     D deny for this session, stop asking"));
  EXPECT_THAT(text, HasSubstr("Enter does nothing · held until you answer or time is up ━"));
  EXPECT_THAT(text, Not(HasSubstr("104.16"))) << "only among the details";
}

TEST(Question, EveryLineFitsTheWidth) {
  for (const int columns : {40, 60, 80, 200}) {
    for (const PromptRequest& request : {Network(), Secret()}) {
      const QuestionStyle style{.columns = columns, .colour = false};
      for (const std::string& line : RenderQuestion(request, {.details = true, .help = true}, style)) {
        EXPECT_LE(DisplayWidth(line), columns) << line;
      }
    }
  }
}

TEST(Question, TheLadderIsShownStepByStep) {
  EXPECT_THAT(Render(Network()), HasSubstr("1 of 2, ← → change"));
  EXPECT_THAT(Render(Network()), Not(HasSubstr("also covers")));
  const std::string wider = Render(Network(), {.scope = 1});
  EXPECT_THAT(wider, HasSubstr(Escape(ToString(Network().ladder[1]))));
  EXPECT_THAT(wider, HasSubstr("also covers 2 of the 2 other waiting requests"));
}

TEST(Question, ADangerousOneLooksDifferentAndOffersNoLastingYes) {
  const std::string text = Render(Secret(), {.word = "harbor", .typed = "har"});
  EXPECT_THAT(text, HasSubstr("▓▓ usher ▓▓ SECRET ▓"));
  EXPECT_THAT(text, HasSubstr("no countdown"));
  EXPECT_THAT(text, HasSubstr("d deny (recommended)"));
  EXPECT_THAT(text, HasSubstr("type the word   harbor   and press Enter: har_"));
  EXPECT_THAT(text, Not(HasSubstr("o once")));
  EXPECT_THAT(text, Not(HasSubstr("this project")));
  EXPECT_THAT(text, HasSubstr("asked as docs\\u{202E}/../../.ssh/id_ed25519"));
}

// Whether it runs out is the same for every risk, so the words follow the clock alone.
TEST(Question, WhatRunsOutSaysSoAndWhatDoesNotSaysThat) {
  for (const PromptRequest& request : {Network(), Secret()}) {
    const std::string running = Render(request, {.left = std::chrono::hours(24)});
    EXPECT_THAT(running, HasSubstr(" 24:00:00 "));
    EXPECT_THAT(running, HasSubstr("denied within 24:00:00 if unanswered"));
    EXPECT_THAT(running, HasSubstr("held until you answer or time is up"));
    EXPECT_THAT(running, Not(HasSubstr("no countdown")));
    const std::string standing = Render(request);
    EXPECT_THAT(standing, HasSubstr("no countdown"));
    EXPECT_THAT(standing, Not(HasSubstr("denied within")));
    EXPECT_THAT(standing, Not(HasSubstr("time is up")));
  }
}

TEST(Question, EscapesAreMarkedAndPlainWithoutColour) {
  const QuestionStyle colour{.colour = true};
  EXPECT_THAT(Join(RenderQuestion(Secret(), {}, colour)), HasSubstr("\x1b[7m\\u{202E}\x1b[27m"));
  EXPECT_THAT(Render(Secret()), Not(HasSubstr("\x1b")));
}

TEST(Question, ALongObjectKeepsItsLastComponentAndALongHostIsWhole) {
  PromptRequest request = Secret();
  std::string path = "/home/me";
  for (int i = 0; i < 200; ++i) path += "/directory" + std::to_string(i);
  path += "/the-last-component-of-the-path";
  std::get<FileOperation>(request.operation).path = path;
  std::string text = Render(request);
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  EXPECT_THAT(text, HasSubstr("the-last-component-of-the-path"));
  EXPECT_THAT(text, HasSubstr("bytes]…"));

  request = Network();
  std::get<NetOperation>(request.operation).names = {std::string(63, 'a') + "." + std::string(63, 'b') + ".example"};
  text = Render(request);
  std::erase_if(text, [](char c) { return c == '\n' || c == ' '; });
  EXPECT_THAT(text, HasSubstr(std::string(63, 'a') + "." + std::string(63, 'b') + ".example:443"));
}

TEST(Question, AncestryIsFourNamesWithShellsFolded) {
  PromptRequest request = Network();
  request.subject.chain = {"claude", "node", "bash", "zsh", "make", "sh", "npm", "node"};
  EXPECT_THAT(Render(request), HasSubstr("claude › … › sh › npm › npm install"));
}

TEST(Question, WordsThatLookAlikeAreToldApart) {
  PromptRequest one = Network(), two = Network();
  one.subject.argv = {"rm", "a b"};
  two.subject.argv = {"rm", "a", "b"};
  EXPECT_NE(Render(one), Render(two));
}

TEST(Question, DetailsHoldEverything) {
  QuestionView view{.details = true};
  PromptRequest request = Network();
  request.subject.argv = {"npm", std::string("\xff\n")};
  const std::string text = Render(request, view);
  for (const char* part :
       {"104.16.3.35", "sha256:5d1c", "\\xFF\\u{A}", "net.connect", "claude › bash › sh › npm", "step 2"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(Render(Secret(), view), Not(HasSubstr("bytes")));
  request.operation = FileOperation{.path = "/x/\xff"};
  EXPECT_THAT(Render(request, view), HasSubstr("2f782fff"));
}

TEST(Question, TheLineThatStaysSaysHowToUndo) {
  const QuestionStyle style{.colour = false};
  EXPECT_EQ(RenderOutcome(Network(),
                          {.request = "r17",
                           .allow = true,
                           .life = GrantLife::kSession,
                           .grant = "g7",
                           .scope = Network().ladder[0],
                           .also = {"r18"}},
                          style),
            "usher: allowed npm to connect to registry.example:443, this session, with 1 more · undo: usher revoke g7");
  EXPECT_EQ(RenderOutcome(Network(), {.request = "r17", .allow = false}, style),
            "usher: denied npm to connect to registry.example:443, this once");
  EXPECT_EQ(RenderWithdrawn(Network(), "gone: the process ended", style),
            "usher: no longer asked: npm to connect to registry.example:443 · gone: the process ended");
}

// A right to write is one right: who grants it for longer is told what else it covers.
TEST(Question, WhatLastsIsNamedByTheRight) {
  PromptRequest request = Network();
  request.operation = FileOperation{.action = FileAction::kCreate, .path = "/srv/x"};
  request.ladder = {FileScope{.use = FileUse::kWrite, .path = "/srv/x"}};
  request.decision.risk = Risk::kOrdinary;
  EXPECT_THAT(Render(request), HasSubstr("it may be changed, replaced and removed as well"));
  const Outcome kept{
      .request = "r17", .allow = true, .life = GrantLife::kSession, .grant = "g7", .scope = request.ladder[0]};
  const QuestionStyle style{.columns = 200, .colour = false};
  EXPECT_THAT(RenderOutcome(request, kept, style), HasSubstr("npm to change, replace and remove /srv/x, this session"));
  EXPECT_THAT(RenderOutcome(request, {.request = "r17", .allow = true}, style),
              HasSubstr("npm to create /srv/x, this once"));
  request.operation = FileOperation{.path = "/srv/x"};
  request.ladder = {FileScope{.use = FileUse::kRead, .path = "/srv/x"}};
  EXPECT_THAT(Render(request), Not(HasSubstr("removed as well")));
}

TEST(Question, NoBytesOfATraceeReachTheScreenUnescaped) {
  for (int byte = 0; byte < 256; ++byte) {
    if ((byte > ' ' && byte < 0x7f) || (byte > 0xa0 && byte % 16 != 0)) continue;
    const char c = static_cast<char>(byte);
    CheckQuestion(std::string("\x1b]0;") + c + "\x1b[2J\xe2\x80\xae\xf3\xa0\x81\x81 " + std::string(9, c));
  }
  unsigned seed = 1;
  for (int i = 0; i < 20; ++i) {
    std::string bytes;
    for (int j = 0; j < 60 + i; ++j) bytes += static_cast<char>((seed = seed * 1103515245 + 12345) >> 16);
    CheckQuestion(bytes);
  }
}

TEST(Question, CorpusKeepsItsPromises) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(USHER_CORPUS "/question")) {
    CheckQuestion(Contents(entry.path()));
    ++files;
  }
  EXPECT_GT(files, 3);
}

TEST(ScreenText, WrapsWithoutLosingOrSplittingAnything) {
  EXPECT_THAT(WrapCells("abcdef", 3), ElementsAre("abc", "def"));
  EXPECT_THAT(WrapCells("aaa/bbbb", 6), ElementsAre("aaa/", "bbbb"));
  EXPECT_THAT(WrapCells("ab\\u{202E}cd", 8), ElementsAre("ab", "\\u{202E}", "cd"));
  EXPECT_THAT(WrapCells("a\\\\\\xFF", 3), ElementsAre("a\\\\", "\\xFF"));
  EXPECT_THAT(WrapCells("\u4f60\u597d\u4f60", 5), ElementsAre("\u4f60\u597d", "\u4f60"));
  EXPECT_THAT(WrapCells("e\u0301e\u0301", 1), ElementsAre("e\u0301", "e\u0301"));
  EXPECT_THAT(WrapCells("", 5), ElementsAre(""));
}

TEST(ScreenText, CutsTheMiddleAndSaysHowMuch) {
  EXPECT_EQ(CutMiddle("short", 10), "short");
  const std::string cut = CutMiddle(std::string(100, 'a') + std::string(100, 'b'), 40);
  EXPECT_LE(DisplayWidth(cut), 40);
  EXPECT_THAT(cut, AllOf(::testing::StartsWith("aaa"), ::testing::EndsWith("bbb"), HasSubstr("more]…")));
}

}  // namespace
}  // namespace usher
