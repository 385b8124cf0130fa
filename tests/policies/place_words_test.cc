#include "policies/place_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(PlaceWordsTest, TheBuiltinPolicyIsSaidInWords) {
  const Ruleset rules = Developer();
  const PlaceWords read = PlaceWordsFor(RuleUse::kRead, rules);
  EXPECT_THAT(read.allowed, ElementsAre("the workspace", "private temp", "system", "toolchains in home", "caches",
                                        "shell and editor start files", "settings of tools"));
  EXPECT_THAT(read.asked, ElementsAre("the rest of home", "/tmp", "other places"));
  EXPECT_GT(read.hidden, 100u);
  EXPECT_GT(read.guarded, 5u);
  EXPECT_THAT(read.added, IsEmpty());
  const PlaceWords write = PlaceWordsFor(RuleUse::kWrite, rules);
  EXPECT_THAT(write.allowed, ElementsAre("the workspace", "private temp", "caches"));
  EXPECT_THAT(write.denied, ElementsAre("system", "devices", "kernel settings"));
  EXPECT_GT(write.run_later, 100u);
}

TEST(PlaceWordsTest, AWordGoesWhereTheLayersTogetherDoNotAllow) {
  const Ruleset rules =
      Join(Developer().layers().front(), PolicyOf("[files]\nread.deny = [\"/usr\"]", Trust::kTighten, ".usher.toml"));
  const PlaceWords read = PlaceWordsFor(RuleUse::kRead, rules);
  EXPECT_THAT(read.allowed, Not(Contains("system")));
  EXPECT_THAT(read.allowed, Contains("caches"));
  ASSERT_EQ(read.added.size(), 1u);
  EXPECT_EQ(read.added[0].rule->text, "read.deny \"/usr\"");
}

TEST(PlaceWordsTest, OnlyRulesThatMakeADifferenceAreAdded) {
  const std::string_view body = "[files]\nread.allow = [\"/srv/a\"]\nread.ask = [\"/srv/b\"]\nharmless = [\"/srv/c\"]";
  const auto added = [&](Trust trust, RuleUse use) {
    return PlaceWordsFor(use, Join(Developer().layers().front(), PolicyOf(body, trust))).added.size();
  };
  EXPECT_EQ(added(Trust::kFull, RuleUse::kRead), 2u);
  EXPECT_EQ(added(Trust::kFull, RuleUse::kWrite), 1u);
  EXPECT_EQ(added(Trust::kTighten, RuleUse::kRead), 1u);
  EXPECT_EQ(added(Trust::kTighten, RuleUse::kWrite), 0u);
}

TEST(PlaceWordsTest, AValueIsWhatStandsInQuotes) {
  EXPECT_EQ(ValueOf("hide \"~/.ssh\""), "~/.ssh");
  EXPECT_EQ(ValueOf("hide (usher's own files)"), "hide (usher's own files)");
  EXPECT_EQ(ValueOf("\""), "\"");
}

}  // namespace
}  // namespace usher
