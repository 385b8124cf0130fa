#include "policies/path_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace usher {
namespace {

TEST(PathPatternTest, RefusesWhatIsNoPattern) {
  for (const std::string text : {"", "a", "~", "/a/../b", "/a/./b", "/..", "/a**", "/a/**b", "/a\\", "/a/**/*", "/**/*",
                                 "/a/**/**/*?", "/a/**/.", "/\\.\\."}) {
    EXPECT_FALSE(PathPattern::Parse(text)) << text;
  }
  EXPECT_FALSE(PathPattern::Parse(std::string("/a\0b", 4)));
}

TEST(PathPatternTest, ReadsComponents) {
  const auto pattern = PathPattern::Parse("/a/*.c//**/b\\*/");
  ASSERT_TRUE(pattern);
  using Kind = PatternComponent::Kind;
  EXPECT_EQ(pattern->components,
            (std::vector<PatternComponent>{
                {Kind::kLiteral, "a"}, {Kind::kGlob, "*.c"}, {Kind::kAnyDepth, "**"}, {Kind::kLiteral, "b*"}}));
  EXPECT_FALSE(pattern->exact);
  EXPECT_TRUE(pattern->AnyDepth());
  EXPECT_EQ(pattern->AnchorDepth(), 2u);
  EXPECT_TRUE(PathPattern::Parse("/a/.")->exact);
  EXPECT_EQ(PathPattern::Parse("/a/**")->components.size(), 1u);
  EXPECT_TRUE(PathPattern::Parse("/")->components.empty());
}

TEST(PathPatternTest, MatchesNames) {
  const struct {
    const char *glob, *name;
    bool matches;
  } kCases[] = {
      {"*", "", true},
      {"*", "a", true},
      {"a*", "a", true},
      {"a*c", "abc", true},
      {"a*c", "abd", false},
      {"*.pem", "x.pem", true},
      {"*.pem", "x.pem.b", false},
      {"?", "a", true},
      {"?", "", false},
      {"?", "ab", false},
      {"a?c*", "abcd", true},
      {"*a*b*", "xxaxxbxx", true},
      {"*a*b*", "xxbxxa", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"\\?x", "?x", true},
      {"a\\\\b*", "a\\bc", true},
      {"*ab", "aab", true},
      {".env.*", ".env.local", true},
      {".env.*", ".env", false},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(GlobMatches(test.glob, test.name), test.matches) << test.glob << " " << test.name;
}

TEST(PathPatternTest, AQuotedPathMatchesItselfOnly) {
  const std::string path = "/a*b/c?\\d";
  const auto pattern = PathPattern::Parse(QuotePattern(path));
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->components[0].text, "a*b");
  EXPECT_EQ(pattern->components[0].kind, PatternComponent::Kind::kLiteral);
  EXPECT_EQ(pattern->components[1].text, "c?\\d");
}

// A glob that backtracks must not take exponential time; this returns at once or never.
TEST(PathPatternTest, EndsSoonOnHardGlobs) {
  std::string glob;
  for (int i = 0; i < 40; ++i) glob += "a*";
  EXPECT_FALSE(GlobMatches(glob + "b", std::string(4000, 'a')));
}

}  // namespace
}  // namespace usher
