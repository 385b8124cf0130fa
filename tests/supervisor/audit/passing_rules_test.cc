// What a receipt suggests has to be what a policy file understands, and has to let pass just what was asked.

#include "supervisor/audit/passing_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "policies/text.h"
#include "supervisor/audit/closing_line.h"
#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PathSpelling kSpell{.home = "/home/me", .workspace = "/home/me/src/shop"};

void Ask(Summary& summary, const Operation& operation, std::string_view answer = "nobody") {
  const Decision decision{.verdict = Verdict::kAsk, .rule = "rule"};
  summary.Add({.syscall = "x", .operation = &operation, .decision = &decision, .done = false, .answer = answer});
}

Verdict WithTheSuggestion(const Operation& operation) {
  Summary summary{Redactor()};
  Ask(summary, operation);
  const Policy mine = PolicyOf(absl::StrJoin(PassingRulesFor(summary, kSpell), "\n"));
  return Join(BuiltinPolicy("developer", TestContext()).value(), mine).Decide(operation).verdict;
}

class SuggestionTest : public ::testing::TestWithParam<Operation> {};

TEST_P(SuggestionTest, LetsItPass) {
  ASSERT_EQ(Developer().Decide(GetParam()).verdict, Verdict::kAsk) << "the twin";
  EXPECT_EQ(WithTheSuggestion(GetParam()), Verdict::kAllow);
}

INSTANTIATE_TEST_SUITE_P(Operations, SuggestionTest,
                         ::testing::Values(Operation(Read("/home/me/data/x")), Operation(Read("/srv/x")),
                                           Operation(Write("/home/me/src/shop/x/.git/config")),
                                           Operation(Write("/home/me/src/shop/.git/hooks/pre-commit")),
                                           Operation(Write("/srv/a*b?c\\d")), Operation(Write("/srv/\"q\" 'r'")),
                                           Operation(Write("/srv/tab\there\n\x7f")), Operation(Write("/srv/ä—ö")),
                                           Operation(Write("/home/me/~")), Operation(Write("/srv/$TMP")),
                                           Operation(Write("/srv/...")), Operation(Exec("/srv/run")),
                                           Operation(Connect("192.0.2.1", 443, {"api.example"})),
                                           Operation(Connect("192.0.2.1", 443)), Operation(Connect("::1", 3000)),
                                           Operation(Connect("127.0.0.1", 3000)), Operation(Listen("0.0.0.0", 3000)),
                                           Operation(Listen("::", 3000)), Operation(Listen("0.0.0.0", 0))));

TEST(PassingRulesTest, OneListForEachKindAndEachNameOnce) {
  Summary summary{Redactor()};
  Ask(summary, Read("/srv/a"));
  Ask(summary, Write("/home/me/src/shop/x/.git/config"));
  Ask(summary, Operation(FileOperation{.action = FileAction::kRemove, .path = "/home/me/src/shop/x/.git/config"}));
  Ask(summary, Connect("192.0.2.1", 443, {"api.example"}), "timeout");
  EXPECT_THAT(PassingRulesFor(summary, kSpell),
              ElementsAre("files.read.allow = [\"/srv/a\"]", "files.write.allow = [\"./x/.git/config\"]",
                          "network.allow = [\"api.example:443\"]"));
}

TEST(PassingRulesTest, NotWhatAPersonRefusedAndNotWhatNoRuleAnswers) {
  Summary summary{Redactor()};
  Ask(summary, Read("/srv/a"), "deny");
  Ask(summary, Read("/srv/b"), "allow");
  Ask(summary, MoveDirectory("/home/me/src/shop/.git"));
  Ask(summary, Read("/srv/\xff"));
  Ask(summary, ProcessOperation{.target = 1});
  EXPECT_THAT(PassingRulesFor(summary, kSpell), IsEmpty());
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
            "3 asked, 4 denied: run ~/a\\u{1B}[31m, write x/.git/config, listen 0.0.0.0:3000 and 1 more");
}

}  // namespace
}  // namespace usher
