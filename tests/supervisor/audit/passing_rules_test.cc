// What a receipt suggests has to be what a policy file understands, and has to let pass just what was asked.

#include "supervisor/audit/passing_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "policies/text.h"
#include "supervisor/audit/closing_line.h"
#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

const PathSpelling kSpell{.home = "/home/me", .workspace = "/home/me/src/shop"};

void Ask(Summary& summary, const Operation& operation, std::string_view answer = "nobody",
         Risk risk = Risk::kOrdinary) {
  const Decision decision{.verdict = Verdict::kAsk, .risk = risk, .rule = "rule"};
  summary.Add({.syscall = "x", .operation = &operation, .decision = &decision, .done = false, .answer = answer});
}

Ruleset DeveloperWith(std::string_view body, Trust trust = Trust::kFull) {
  return Join(BuiltinPolicy("developer", TestContext()).value(), PolicyOf(body, trust));
}

std::string Suggested(const Operation& operation, const Ruleset& rules = Developer()) {
  Summary summary{Redactor()};
  Ask(summary, operation);
  return PassingRulesFor(summary, rules, kSpell);
}

class SuggestionTest : public ::testing::TestWithParam<Operation> {};

// As it stands in a receipt, from where it is copied.
TEST_P(SuggestionTest, LetsItPassAndNothingBeside) {
  ASSERT_EQ(Developer().Decide(GetParam()).verdict, Verdict::kAsk) << "the twin";
  const std::string toml = Suggested(GetParam());
  EXPECT_EQ(toml.find('`'), std::string::npos);
  const Ruleset with = DeveloperWith(toml);
  EXPECT_EQ(with.Decide(GetParam()).verdict, Verdict::kAllow) << toml;
  const auto* file = std::get_if<FileOperation>(&GetParam());
  if (file == nullptr) return;
  FileOperation beside = *file, beneath = *file;
  beside.path += "x";
  beneath.path += "/x";
  EXPECT_EQ(with.Decide(beside).verdict, Developer().Decide(beside).verdict) << toml;
  if (!file->is_directory) return;
  EXPECT_EQ(with.Decide(beneath).verdict, Developer().Decide(beneath).verdict) << toml;
}

FileOperation List(std::string path) { return {.path = std::move(path), .is_directory = true}; }
FileOperation ChangeMode(std::string path) {
  return {.action = FileAction::kMetadata, .path = std::move(path), .is_directory = true};
}

INSTANTIATE_TEST_SUITE_P(
    Operations, SuggestionTest,
    ::testing::Values(Operation(Read("/home/me/data/x")), Operation(Read("/srv/x")), Operation(List("/home/me/data")),
                      Operation(ChangeMode("/home/me")), Operation(ChangeMode("/srv")),
                      Operation(MakeDirectory("/home/me/new")), Operation(Write("/home/me/src/shop/x/.git/config")),
                      Operation(Write("/home/me/src/shop/a*b/.git/config")),
                      Operation(ChangeMode("/home/me/src/shop/.git/hooks")),
                      Operation(Write("/home/me/src/shop/.git/hooks/pre-commit")), Operation(Write("/srv/a*b?c\\d")),
                      Operation(Write("/srv/\"q\" 'r' `s` |t|")), Operation(Write("/srv/two  blanks ")),
                      Operation(Write("/srv/tab\there\n\x7f")), Operation(Write("/srv/ä—ö\u202e\U0001F600")),
                      Operation(Write("/home/me/~")), Operation(Write("/srv/$TMP")), Operation(Write("/srv/...")),
                      Operation(Exec("/srv/run")), Operation(Exec("/home/me/src/shop/run", "/srv/interpreter")),
                      Operation(Connect("192.0.2.1", 443, {"api.example"})), Operation(Connect("192.0.2.1", 443)),
                      Operation(Connect("::1", 3000)), Operation(Connect("127.0.0.1", 3000)),
                      Operation(Listen("0.0.0.0", 3000)), Operation(Listen("::", 3000))));

TEST(PassingRulesTest, OneListForEachKindAndEachNameOnce) {
  Summary summary{Redactor()};
  Ask(summary, Read("/srv/a"));
  const Operation config = Write("/home/me/src/shop/x/.git/config");
  Ask(summary, config, "nobody", Risk::kRunsLater);
  Ask(summary, Operation(FileOperation{.action = FileAction::kRemove, .path = "/home/me/src/shop/x/.git/config"}));
  Ask(summary, Connect("192.0.2.1", 443, {"api.example"}), "timeout");
  EXPECT_EQ(PassingRulesFor(summary, Developer(), kSpell), R"([files]
read.allow = [
  "/srv/a",
]
write.allow = [
  "./x/.git/config",  # runs later, outside the sandbox
]
[network]
allow = [
  "api.example:443",
]
)");
}

TEST(PassingRulesTest, NotWhatAPersonRefusedAndNotWhatNoRuleAnswers) {
  Summary summary{Redactor()};
  Ask(summary, Read("/srv/a"), "deny");
  Ask(summary, Read("/srv/b"), "allow");
  Ask(summary, MoveDirectory("/home/me/src/shop/.git"));
  Ask(summary, Read("/srv/\xff"));
  Ask(summary, ProcessOperation{.target = 1});
  Ask(summary, Connect("192.0.2.1", 0));
  Ask(summary, Listen("0.0.0.0", 0));
  EXPECT_EQ(PassingRulesFor(summary, Developer(), kSpell), "");
  Ask(summary, Read("/srv/c"));
  EXPECT_EQ(PassingRulesFor(summary, Developer(), kSpell),
            "[files]\nread.allow = [\n  \"/srv/c\",\n]\n# and 5 more that these do not answer\n");
}

// A project's file asks whatever a person's says, and so does a line of the person's own that is as good.
TEST(PassingRulesTest, NothingThatWouldNotHelp) {
  EXPECT_EQ(Suggested(Write("/home/me/src/shop/a"), DeveloperWith("files.write.ask = [\"./a\"]", Trust::kTighten)), "");
  EXPECT_EQ(Suggested(Read("/srv/a"), DeveloperWith("files.read.ask = [\"/srv/a\"]")), "");
}

// The program chooses these names.
TEST(PassingRulesTest, ANameIsOnlyAName) {
  const std::string hostile = "@a\", 'docker'] #";
  const Ruleset rules = DeveloperWith("sockets.ask = [\"@*\"]");
  ASSERT_EQ(rules.Decide(ConnectUnix(hostile)).verdict, Verdict::kAsk);
  const std::string toml = Suggested(ConnectUnix(hostile), rules);
  EXPECT_EQ(DeveloperWith(toml).Decide(ConnectUnix("/run/docker.sock")).verdict, Verdict::kDeny) << toml;
  const Operation in_workspace = ConnectUnix("/home/me/src/shop/@x");
  const Ruleset asks = DeveloperWith("sockets.ask = [\"./@*\"]");
  ASSERT_EQ(asks.Decide(in_workspace).verdict, Verdict::kAsk);
  EXPECT_EQ(DeveloperWith(Suggested(in_workspace, asks)).Decide(ConnectUnix("@x")).verdict, Verdict::kDeny);
}

TEST(PassingRulesTest, WhatHasNoRoomIsCounted) {
  Summary summary{Redactor()};
  for (int i = 0; i < 90; ++i) Ask(summary, Read(Concat("/srv/", i)));
  EXPECT_THAT(PassingRulesFor(summary, Developer(), kSpell), ::testing::HasSubstr("# and 50 more"));
}

TEST(ClosingLineTest, NamesTheFirstFew) {
  Summary summary{Redactor()};
  EXPECT_EQ(ClosingLine(summary, kSpell), "");
  const Decision denied{.verdict = Verdict::kDeny, .rule = "rule"};
  const Operation refused = Write("/etc/passwd");
  summary.Add({.syscall = "x", .operation = &refused, .decision = &denied, .done = false});
  Ask(summary, Listen("0.0.0.0", 3000));
  EXPECT_EQ(ClosingLine(summary, kSpell), "1 asked, 2 denied: listen 0.0.0.0:3000, write /etc/passwd");
  Ask(summary, Write("/home/me/src/shop/x/.git/config"));
  Ask(summary, Exec("/home/me/a\x1b[31m"));
  EXPECT_EQ(ClosingLine(summary, kSpell),
            "3 asked, 4 denied: run '~/a\\u{1B}[31m', write x/.git/config, listen 0.0.0.0:3000 and 1 more");
}

TEST(ClosingLineTest, NoNameReadsLikeASentence) {
  Summary summary{Redactor()};
  Ask(summary, Read("/srv/x; it's done"));
  Ask(summary, Read("/srv/" + std::string(200, 'x')));
  EXPECT_EQ(ClosingLine(summary, kSpell), "2 asked, 2 denied: read '/srv/x; it\\u{27}s done' and 1 more");
}

}  // namespace
}  // namespace usher
