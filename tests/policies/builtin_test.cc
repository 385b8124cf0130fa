// The tables that the program is built with say the same as the files that they were made of.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policies/builtin_profiles.h"
#include "policies/text.h"
#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

// Every field of every rule, one a line.
std::vector<std::string> Spelled(const Policy& policy) {
  std::vector<std::string> lines = {Cat(policy.name, " ", policy.origin, " ", static_cast<int>(policy.trust), " ",
                                        policy.hold_seconds, " ", policy.log_reads ? 1 : 0)};
  for (const FileRule& rule : policy.files) {
    lines.push_back(Cat("file ", static_cast<int>(rule.use), " ", static_cast<int>(rule.verdict), " ",
                        static_cast<int>(rule.risk), " ", rule.harmless ? 1 : 0, " ", rule.pattern, " ", rule.text, " ",
                        rule.source));
  }
  for (const HostRule& rule : policy.hosts) {
    const HostPattern& pattern = rule.pattern;
    lines.push_back(Cat("host ", rule.listen ? 1 : 0, " ", static_cast<int>(rule.verdict), " ",
                        static_cast<int>(pattern.kind), " ", pattern.name, " ", pattern.range.base.v6 ? 6 : 4, " ",
                        pattern.range.ToString(), " ", pattern.port_low, "-", pattern.port_high, " ", rule.text, " ",
                        rule.source));
  }
  for (const SocketRule& rule : policy.sockets) {
    lines.push_back(Cat("socket ", static_cast<int>(rule.verdict), " ", static_cast<int>(rule.risk), " ", rule.pattern,
                        " ", rule.text, " ", rule.source));
  }
  for (const EnvironmentRule& rule : policy.environment) {
    lines.push_back(Cat("environment ", rule.pass ? 1 : 0, " ", rule.pattern, " ", rule.text, " ", rule.source));
  }
  return lines;
}

std::vector<PolicyContext> Contexts() {
  PolicyContext bare = TestContext(), root = TestContext(), odd = TestContext(), outside = TestContext();
  bare.workspace = bare.runtime = "";
  bare.name_servers.clear();
  root.home = root.workspace = "/";
  odd.home = "/home/a*b?c\\d";
  odd.workspace = "/srv/[x] \xFF$TMP/";
  odd.temporary = "/tmp/\"quoted\"";
  outside.home = "/root";
  outside.workspace = "/var/lib/build/shop";
  outside.runtime = "/tmp/run-1000";
  outside.name_servers = {*IpAddress::Parse("fd00::1"), *IpAddress::Parse("::ffff:10.0.0.3")};
  return {TestContext(), bare, root, odd, outside, {}};
}

TEST(BuiltinTableTest, SaysWhatTheTextSays) {
  for (const BuiltinProfile& profile : BuiltinProfiles()) {
    for (const PolicyContext& context : Contexts()) {
      SCOPED_TRACE(Cat(profile.name, " for ", context.home, ", ", context.workspace));
      const auto table = BuiltinPolicy(profile.name, context);
      const auto text = ParsePolicy(profile.text, Cat("builtin:", profile.name), context);
      ASSERT_TRUE(table.ok()) << table.status();
      ASSERT_TRUE(text.ok()) << text.status();
      EXPECT_EQ(Spelled(*table), Spelled(text->policy));
      EXPECT_GT(table->files.size(), 400u);
      EXPECT_GT(table->environment.size(), 50u);
      EXPECT_EQ(table->digest, profile.sha256);
    }
  }
}

TEST(BuiltinTableTest, RefusesTheDirectoriesThatTheParserRefuses) {
  for (const char* path : {"home/me", "/home/../me", "/home/./me", "~"}) {
    SCOPED_TRACE(path);
    for (std::string PolicyContext::*directory : {&PolicyContext::home, &PolicyContext::workspace}) {
      PolicyContext context = TestContext();
      context.*directory = path;
      for (const BuiltinProfile& profile : BuiltinProfiles()) {
        EXPECT_FALSE(BuiltinPolicy(profile.name, context).ok());
        EXPECT_FALSE(ParsePolicy(profile.text, "p", context).ok());
      }
    }
  }
}

TEST(RuleTextTest, SharesWhatItHoldsAndOutlivesItsFirstCopy) {
  RuleText copy;
  {
    std::string text(100, 'x');
    const RuleText own(text);
    text[0] = 'y';
    copy = own;
    EXPECT_EQ(copy.view().data(), own.view().data());
  }
  EXPECT_EQ(copy, std::string(100, 'x'));
  static constexpr std::string_view kLasting = "of the program";
  EXPECT_EQ(RuleText::Lasting(kLasting).view().data(), kLasting.data());
  const auto whole = std::make_shared<const std::string>("one two");
  EXPECT_EQ(RuleText::PartOf(whole, std::string_view(*whole).substr(4)), "two");
  EXPECT_EQ(RuleText(), "");
}

}  // namespace
}  // namespace usher
