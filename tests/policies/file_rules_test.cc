// How file rules are weighed: depth, ties, hiding, exemptions, moved directories, and the fast matcher against a slow
// one.

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "policies/path_pattern.h"
#include "policies/text.h"
#include "tests/policies/plain_matcher.h"
#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

TEST(FileRulesTest, TheLongestMatchWins) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    read.allow = [".", "~/.config/git"]
    read.ask = ["~"]
    read.deny = ["./private", "**/*.secret"]
    hide = ["~/.ssh", "./private/keys"]
  )");
  const struct {
    const char* path;
    Verdict verdict;
    const char* rule;
  } kCases[] = {
      {"/home/me/src/shop/main.c", Verdict::kAllow, "read.allow \".\""},
      {"/home/me/src/shop", Verdict::kAllow, "read.allow \".\""},
      {"/home/me/src/shopping", Verdict::kAsk, "read.ask \"~\""},
      {"/home/me/.config/git/config", Verdict::kAllow, "read.allow \"~/.config/git\""},
      {"/home/me/.config/gi", Verdict::kAsk, "read.ask \"~\""},
      {"/home/me/src/shop/private/x", Verdict::kDeny, "read.deny \"./private\""},
      {"/home/me/src/shop/private/keys/x", Verdict::kHide, "hide \"./private/keys\""},
      {"/home/me/.ssh/id", Verdict::kHide, "hide \"~/.ssh\""},
      {"/home/me/src/shop/a/b.secret/c", Verdict::kDeny, "read.deny \"**/*.secret\""},
      {"/x.secret", Verdict::kDeny, "read.deny \"**/*.secret\""},
      {"/elsewhere", Verdict::kAsk, "no rule"},
      {"/", Verdict::kAsk, "no rule"},
  };
  for (const auto& test : kCases) {
    const Decision decision = rules.Decide(Read(test.path));
    EXPECT_EQ(decision.verdict, test.verdict) << test.path;
    EXPECT_EQ(decision.rule, test.rule) << test.path;
  }
  EXPECT_EQ(rules.Decide(Read("/home/me/x")).source, "test.toml:5:17");
}

TEST(FileRulesTest, OnATieTheStricterWins) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    read.allow = ["/a/x", "/b/x", "/c/x"]
    read.ask = ["/a/x", "/*/x"]
    read.deny = ["/b/x"]
    hide = ["/c/?"]
  )");
  EXPECT_EQ(VerdictOf(rules, Read("/a/x")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Read("/b/x/y")), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, Read("/c/x")), Verdict::kHide);
  EXPECT_EQ(VerdictOf(rules, Read("/d/x")), Verdict::kAsk);
}

TEST(FileRulesTest, WhatIsHiddenIsHiddenFromEveryUse) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    hide = ["~/.ssh"]
    write.allow = ["~/.ssh/known_hosts", "~/x"]
    exec.allow = ["~/.ssh/run", "~/x"]
  )");
  EXPECT_EQ(VerdictOf(rules, Write("/home/me/.ssh/known_hosts")), Verdict::kHide);
  EXPECT_EQ(VerdictOf(rules, Exec("/home/me/.ssh/run")), Verdict::kHide);
  EXPECT_EQ(VerdictOf(rules, Write("/home/me/x")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Exec("/home/me/x")), Verdict::kAllow);
}

TEST(FileRulesTest, AnExactRuleSpeaksOfOneDirectoryOnly) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    read.allow = ["~/.", "/."]
    read.ask = ["~", "/"]
  )");
  EXPECT_EQ(VerdictOf(rules, Read("/home/me")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Read("/")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Read("/home/me/x")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Read("/home")), Verdict::kAsk);
}

TEST(FileRulesTest, EveryActionButReadIsWriting) {
  const Ruleset rules = RulesetOf("[files]\nread.allow = [\"/a\"]\nwrite.deny = [\"/a\"]\nwrite.allow = [\"/b\"]");
  for (const FileAction action :
       {FileAction::kWrite, FileAction::kCreate, FileAction::kRemove, FileAction::kMetadata}) {
    EXPECT_EQ(VerdictOf(rules, FileOperation{.action = action, .path = "/a/x"}), Verdict::kDeny);
    EXPECT_EQ(VerdictOf(rules, FileOperation{.action = action, .path = "/b/x"}), Verdict::kAllow);
  }
  EXPECT_EQ(VerdictOf(rules, Read("/a/x")), Verdict::kAllow);
}

TEST(FileRulesTest, APathThatIsNotCanonicalIsDenied) {
  const Ruleset rules = RulesetOf("[files]\nread.allow = [\"/\"]");
  for (const char* path : {"", "a", "a/b", "/a/../b", "/a/./b", "/..", "pipe:[1]"}) {
    EXPECT_EQ(VerdictOf(rules, Read(path)), Verdict::kDeny) << path;
  }
  EXPECT_EQ(VerdictOf(rules, Read("/a/b")), Verdict::kAllow);
}

TEST(FileRulesTest, AMovedDirectoryCarriesTheRulesBeneathIt) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    write.allow = ["."]
    run_later = ["**/.git/hooks", "**/.env-hook", "./ci/jobs/nightly"]
    hide = ["./vault/keys"]
  )");
  const std::string at = "/home/me/src/shop/";
  const struct {
    const char* name;
    Verdict moved, written;
    Risk risk;
  } kCases[] = {
      {".git", Verdict::kAsk, Verdict::kAllow, Risk::kRunsLater},
      {"sub/.git", Verdict::kAsk, Verdict::kAllow, Risk::kRunsLater},
      {".git/hooks", Verdict::kAsk, Verdict::kAsk, Risk::kRunsLater},
      {"ci", Verdict::kAsk, Verdict::kAllow, Risk::kRunsLater},
      {"ci/jobs", Verdict::kAsk, Verdict::kAllow, Risk::kRunsLater},
      {"vault", Verdict::kDeny, Verdict::kAllow, Risk::kOrdinary},
      {"src", Verdict::kAllow, Verdict::kAllow, Risk::kOrdinary},
      {"git", Verdict::kAllow, Verdict::kAllow, Risk::kOrdinary},
      {"ci/other", Verdict::kAllow, Verdict::kAllow, Risk::kOrdinary},
  };
  for (const auto& test : kCases) {
    const Decision moved = rules.Decide(MoveDirectory(at + test.name));
    EXPECT_EQ(moved.verdict, test.moved) << test.name;
    EXPECT_EQ(moved.risk, test.risk) << test.name;
    EXPECT_EQ(VerdictOf(rules, Write(at + test.name)), test.written) << test.name;
  }
  EXPECT_EQ(VerdictOf(rules, MoveDirectory("/home/me/src/shop")), Verdict::kDeny);
}

TEST(FileRulesTest, ADirectoryFilledWhereNamesAreFreeAsksOnItsWayOut) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    write.allow = [".", "$TMP"]
    run_later = ["./**/.git/hooks", "**/.husky"]
    harmless = ["**/node_modules", "**/.venv/lib", "$TMP"]
  )");
  const std::string at = "/home/me/src/shop/", temporary = "/tmp/usher-7f3a/";
  const struct {
    std::string from, to;
    Verdict verdict;
  } kCases[] = {
      {temporary + "clone", at + "clone", Verdict::kAsk},
      {at + "node_modules/x", at + "x", Verdict::kAsk},
      {"/home/you/x", at + "x", Verdict::kAsk},
      {at + "x", at + "y", Verdict::kAllow},
      {at + "node_modules/.x-1", at + "node_modules/x", Verdict::kAllow},
      {temporary + "a", temporary + "b", Verdict::kAllow},
      // The other way, what was guarded would be free.
      {at + "x", at + "node_modules/x", Verdict::kAsk},
      {at + "x", temporary + "x", Verdict::kAsk},
      // What is beneath is harmless only as long as the directory above it keeps its name.
      {at + ".venv", at + "x", Verdict::kAsk},
      {at + "x", at + ".venv", Verdict::kAsk},
      {at + "a/.venv", at + "b/.venv", Verdict::kAllow},
      {at + ".venv/lib", at + ".venv/x", Verdict::kAsk},
  };
  for (const auto& test : kCases) {
    FileOperation move = MoveDirectory(test.to);
    move.moved_from = test.from;
    const Decision decision = rules.Decide(move);
    EXPECT_EQ(decision.verdict, test.verdict) << test.from << " to " << test.to;
    if (test.verdict == Verdict::kAsk) {
      EXPECT_EQ(decision.risk, Risk::kRunsLater);
      const Grant yes{.scope = FileScope{.use = FileUse::kWrite, .path = test.to}};
      EXPECT_EQ(rules.Decide(move, {yes}).verdict, Verdict::kAllow);
    }
  }
}

TEST(FileRulesTest, ADirectoryWithSecretsInItAsksOnItsWayToWhereTheyWouldBeHarmless) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    read.allow = ["."]
    write.allow = [".", "$TMP"]
    secrets = ["**/.env"]
    hide = ["./**/private"]
    harmless = ["**/node_modules"]
  )");
  const std::string at = "/home/me/src/shop/";
  const struct {
    std::string from, to;
    std::optional<Risk> asks;
  } kCases[] = {
      {at + "x", at + "node_modules", Risk::kSecret},
      {at + "x", at + "node_modules/x", Risk::kSecret},
      {at + "x", "/tmp/usher-7f3a/x", Risk::kOrdinary},  // out of the reach of "./**/private"
      {at + "x", at + "y", std::nullopt},
  };
  for (const auto& test : kCases) {
    FileOperation move = MoveDirectory(test.to);
    move.moved_from = test.from;
    const Decision decision = rules.Decide(move);
    EXPECT_EQ(decision.verdict, test.asks ? Verdict::kAsk : Verdict::kAllow) << test.from << " to " << test.to;
    EXPECT_EQ(decision.risk, test.asks.value_or(decision.risk)) << test.from << " to " << test.to;
  }
}

TEST(FileRulesTest, AMovedDirectoryCarriesWhatLiesBeneathASecondDoubleStar) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    write.allow = ["."]
    run_later = ["**/.git/modules/**/hooks"]
  )");
  const std::string at = "/home/me/src/shop/";
  for (const char* carried : {".git", ".git/modules", ".git/modules/m", "sub/.git/modules/a/b"}) {
    EXPECT_EQ(VerdictOf(rules, MoveDirectory(at + carried)), Verdict::kAsk) << carried;
  }
  EXPECT_EQ(VerdictOf(rules, MoveDirectory(at + "modules/m")), Verdict::kAllow);
}

TEST(FileRulesTest, AnEmptyDirectoryRunsNothing) {
  const Ruleset rules = RulesetOf("[files]\nwrite.allow = [\".\"]\nrun_later = [\"**/.git/hooks\"]");
  EXPECT_EQ(VerdictOf(rules, MakeDirectory("/home/me/src/shop/.git/hooks")), Verdict::kAllow);
  // A link or a file of that name, and a directory moved there, can hold something.
  EXPECT_EQ(VerdictOf(rules, FileOperation{.action = FileAction::kCreate, .path = "/home/me/src/shop/.git/hooks"}),
            Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, MoveDirectory("/home/me/src/shop/.git/hooks")), Verdict::kAsk);
}

TEST(FileRulesTest, HarmlessNamesAreNotCaughtByMistake) {
  const Ruleset rules = RulesetOf(R"(
    [files]
    read.allow = ["."]
    write.allow = [".", "/cache"]
    secrets = ["**/.env", "**/.env.*", "./own.env"]
    run_later = ["**/.git/hooks", "./**/.husky"]
    harmless = ["**/.env.example", "**/node_modules", "**/.git/hooks/*.sample", "/cache", "~", "./own.env"]
    write.deny = ["./node_modules/locked"]
  )");
  const std::string at = "/home/me/src/shop/";
  // "~" is harmless too, but lies above the workspace: "./**" rules are not lifted by it, and "**" ones are.
  EXPECT_EQ(VerdictOf(rules, Write(at + ".husky/x")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Read(at + ".env")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Read("/elsewhere/.env")), Verdict::kHide);
  EXPECT_EQ(VerdictOf(rules, Read("/elsewhere/.env.example")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Write("/elsewhere/.git/hooks/x")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Write("/cache/a/.git/hooks/x")), Verdict::kAllow);
  // A rule without "**" is meant as it stands, and ordinary rules are never lifted.
  EXPECT_EQ(VerdictOf(rules, Read(at + "own.env")), Verdict::kHide);
  EXPECT_EQ(VerdictOf(rules, Write(at + "node_modules/locked")), Verdict::kDeny);
}

TEST(FileRulesTest, AWeakerLayerCannotLiftWhatAStrongerOneGuards) {
  const Ruleset rules = Join(PolicyOf("[files]\nread.allow = [\"/\"]\nharmless = [\"/pkg\"]"),
                             PolicyOf("[files]\nsecrets = [\"**/.env\"]"));
  EXPECT_EQ(VerdictOf(rules, Read("/pkg/.env")), Verdict::kHide);
  const Ruleset other = Join(PolicyOf("[files]\nsecrets = [\"**/.env\"]"),
                             PolicyOf("[files]\nread.allow = [\"/\"]\nharmless = [\"/pkg\"]"));
  EXPECT_EQ(VerdictOf(other, Read("/pkg/.env")), Verdict::kAllow);
}

TEST(FileRulesTest, AScriptIsJudgedWithItsInterpreter) {
  const Ruleset rules = RulesetOf("[files]\nexec.allow = [\"/a\", \"/bin\"]\nexec.deny = [\"/evil\"]");
  EXPECT_EQ(VerdictOf(rules, Exec("/a/script")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Exec("/a/script", "/bin/sh")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Exec("/a/script", "/evil/sh")), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, Exec("/a/script", "/other/sh")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Exec("/evil/script", "/bin/sh")), Verdict::kDeny);
}

TEST(FileRulesTest, ARuleThatNobodyUnderstandsDeniesAll) {
  Policy policy;
  policy.files = {{.verdict = Verdict::kAllow, .pattern = "/", .text = "read.allow \"/\""},
                  {.verdict = Verdict::kHide, .pattern = "/a/../b", .text = "hide \"/a/../b\""}};
  const Ruleset rules({policy});
  EXPECT_EQ(VerdictOf(rules, Read("/x")), Verdict::kDeny);
  EXPECT_EQ(rules.Decide(Read("/x")).rule, "hide \"/a/../b\"");
  policy.files.pop_back();
  EXPECT_EQ(VerdictOf(Ruleset({policy}), Read("/x")), Verdict::kAllow);
}

TEST(FileRulesTest, TheFastMatcherAgreesWithAPlainOne) {
  std::mt19937 random(7);
  const auto pick = [&](const auto& list) { return list[random() % std::size(list)]; };
  const std::string kNames[] = {"a", "b", "ab", "b.c", "a.c", ".env", "a*"};
  const std::string kParts[] = {"a",   "b", "ab", "b.c", "**",   "**",  "*",    "a*", "*b",
                                "*.c", "?", "?b", "a?",  ".env", "\\*", "a\\*", "*a*"};
  const Verdict kVerdicts[] = {Verdict::kAllow, Verdict::kAsk, Verdict::kDeny, Verdict::kHide};
  const RuleUse kUses[] = {RuleUse::kRead, RuleUse::kWrite, RuleUse::kExec};
  int decisions[4] = {};
  for (int round = 0; round < 400; ++round) {
    Policy policy;
    while (policy.files.size() < 12) {
      FileRule rule{.use = pick(kUses), .verdict = pick(kVerdicts)};
      std::string pattern;
      for (size_t n = random() % 5; n > 0; --n) pattern += Cat("/", pick(kParts));
      if (random() % 6 == 0) pattern += "/.";
      rule.pattern = pattern;
      if (PathPattern::Parse(rule.pattern)) policy.files.push_back(rule);
    }
    const Ruleset rules({policy});
    const PlainMatcher plain(policy.files);
    for (int trial = 0; trial < 200; ++trial) {
      std::vector<std::string> names;
      std::string path;
      for (size_t n = random() % 6; n > 0; --n) path += Cat("/", names.emplace_back(pick(kNames)));
      if (path.empty()) path.push_back('/');
      const RuleUse use = pick(kUses);
      const Operation operation = use == RuleUse::kRead    ? Operation(Read(path))
                                  : use == RuleUse::kWrite ? Operation(Write(path))
                                                           : Operation(Exec(path));
      const Verdict verdict = VerdictOf(rules, operation);
      ASSERT_EQ(verdict, plain.Decide(use, names)) << path << " in round " << round;
      ++decisions[static_cast<size_t>(verdict)];
    }
  }
  for (const int count : decisions) EXPECT_GT(count, 1000);  // every verdict was really compared
}

TEST(FileRulesTest, HoldsAHundredThousandRules) {
  Policy policy;
  for (int i = 0; i < 100000; ++i) {
    policy.files.push_back({.verdict = i % 2 == 0 ? Verdict::kAllow : Verdict::kDeny,
                            .pattern = "/data/d" + std::to_string(i % 1000) + "/f" + std::to_string(i)});
  }
  policy.files.push_back({.verdict = Verdict::kHide, .pattern = "/**/.env"});
  const Ruleset rules({policy});
  EXPECT_EQ(VerdictOf(rules, Read("/data/d42/f4042/x")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Read("/data/d43/f4043/x")), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, Read("/data/d43/f4042/x")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Read("/data/d42/f4042/.env")), Verdict::kHide);
}

// Many "**" in one pattern must not multiply the nodes of a walk.
TEST(FileRulesTest, EndsSoonOnHardPatterns) {
  Policy policy;
  std::string pattern;
  for (int i = 0; i < 12; ++i) pattern += "/**/a";
  policy.files.push_back({.verdict = Verdict::kAllow, .pattern = pattern + "/b"});
  std::string path;
  for (int i = 0; i < 2000; ++i) path += "/a";
  const Ruleset rules({policy});
  EXPECT_EQ(VerdictOf(rules, Read(path)), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Read(path + "/b")), Verdict::kAllow);
}

}  // namespace
}  // namespace usher
