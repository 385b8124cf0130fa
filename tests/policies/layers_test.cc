// How layers are joined: stricter wins, a project may only tighten, a person may restate a built-in rule.

#include <gtest/gtest.h>

#include <random>

#include "policies/text.h"
#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

TEST(LayersTest, AcrossLayersTheStricterWinsAtOneDepth) {
  const char* const kAllow = "[files]\nread.allow = [\"/a\"]\nread.deny = [\"/b\"]";
  const char* const kDeny = "[files]\nread.deny = [\"/a\"]\nread.allow = [\"/b/c\"]";
  for (const Ruleset& rules : {Join(PolicyOf(kAllow), PolicyOf(kDeny)), Join(PolicyOf(kDeny), PolicyOf(kAllow))}) {
    EXPECT_EQ(VerdictOf(rules, Read("/a/x")), Verdict::kDeny);
    EXPECT_EQ(VerdictOf(rules, Read("/b/x")), Verdict::kDeny);
    EXPECT_EQ(VerdictOf(rules, Read("/b/c")), Verdict::kAllow);
  }
}

TEST(LayersTest, ABuiltinRuleGivesWayToTheSamePattern) {
  const char* const kDefaults = R"(
    [files]
    read.allow = ["/"]
    hide = ["~/.npmrc", "~/.ssh"]
    [network]
    deny = ["metadata.example"]
    [sockets]
    deny = ["docker"]
    [environment]
    pass = ["*"]
    mask = ["SSH_AUTH_SOCK"]
  )";
  const char* const kMine = R"(
    [files]
    read.allow = ["~/.npmrc"]
    [network]
    allow = ["metadata.example"]
    [sockets]
    ask = ["docker"]
    [environment]
    pass = ["SSH_AUTH_SOCK"]
  )";
  const Ruleset mine = Join(PolicyOf(kDefaults, Trust::kFull, "builtin:test"), PolicyOf(kMine));
  EXPECT_EQ(VerdictOf(mine, Read("/home/me/.npmrc")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(mine, Write("/home/me/.npmrc")), Verdict::kHide);  // only reading was restated
  EXPECT_EQ(VerdictOf(mine, Read("/home/me/.ssh/id")), Verdict::kHide);
  EXPECT_EQ(VerdictOf(mine, Connect("1.2.3.4", 80, {"metadata.example"})), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(mine, ConnectUnix("/run/docker.sock")), Verdict::kAsk);
  EXPECT_TRUE(mine.PassesEnvironment("SSH_AUTH_SOCK"));
  // Not so for a layer that is no default, and not for one that may only tighten.
  for (const Ruleset& rules :
       {Join(PolicyOf(kDefaults, Trust::kFull, "org.toml"), PolicyOf(kMine)),
        Join(PolicyOf(kDefaults, Trust::kFull, "builtin:test"), PolicyOf(kMine, Trust::kTighten))}) {
    EXPECT_EQ(VerdictOf(rules, Read("/home/me/.npmrc")), Verdict::kHide);
    EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 80, {"metadata.example"})), Verdict::kDeny);
    EXPECT_EQ(VerdictOf(rules, ConnectUnix("/run/docker.sock")), Verdict::kDeny);
    EXPECT_FALSE(rules.PassesEnvironment("SSH_AUTH_SOCK"));
  }
}

// A built-in pattern catches a name somewhere; whoever writes out the path has looked at it.
TEST(LayersTest, APathWrittenOutBeatsABuiltinPattern) {
  const char* const kDefaults = R"(
    [files]
    read.allow = ["/"]
    write.allow = ["."]
    secrets = ["**/.env"]
    run_later = ["**/.git/config", "**/.vscode"]
  )";
  const char* const kMine = R"(
    [files]
    read.allow = ["./shop/.env"]
    write.allow = ["./x/.git/config", "./.vscode", "./*/.git/config"]
  )";
  const std::string at = "/home/me/src/shop/";
  const Policy defaults = PolicyOf(kDefaults, Trust::kFull, "builtin:test");
  const Ruleset rules = Join(defaults, PolicyOf(kMine));
  EXPECT_EQ(VerdictOf(rules, Write(at + "x/.git/config")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Write(at + "y/.git/config")), Verdict::kAsk) << "a pattern is no path written out";
  EXPECT_EQ(VerdictOf(rules, Write(at + ".vscode/tasks.json")), Verdict::kAllow) << "what lies beneath it as well";
  EXPECT_EQ(VerdictOf(rules, Write(at + "y/.vscode/tasks.json")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Read(at + "shop/.env")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Write(at + "shop/.env")), Verdict::kHide) << "only reading was written out";
  EXPECT_EQ(VerdictOf(rules, Read(at + ".env")), Verdict::kHide);
  // Not so where both are the person's, and not for whoever may only tighten.
  const Policy pattern = PolicyOf("[files]\nwrite.ask = [\"**/.git/config\"]\nwrite.allow = [\"./x/.git/config\"]");
  EXPECT_EQ(VerdictOf(Join(defaults, pattern), Write(at + "x/.git/config")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(Join(defaults, PolicyOf(kMine, Trust::kTighten)), Write(at + "x/.git/config")), Verdict::kAsk);
  // And nobody stands above Usher's own places.
  const Policy own = PolicyOf("[files]\nwrite.deny = [\"./x/.git/config\"]", Trust::kFull, "builtin:own-files");
  EXPECT_EQ(VerdictOf(Join(PolicyOf(kMine), own), Write(at + "x/.git/config")), Verdict::kDeny);
}

TEST(LayersTest, NamesThatARuleForAnyDepthHasInMind) {
  const Ruleset rules = Join(PolicyOf(R"(
    [files]
    read.allow = [".", "./plain/name", "./one*/two"]
    hide = ["**/.env", "**/keys/*.pem"]
    harmless = ["**/node_modules"]
  )"),
                             PolicyOf("[files]\nread.ask = [\"./src/**/customers.csv\"]", Trust::kTighten));
  for (const char* name : {".env", "keys", "node_modules", "customers.csv"}) {
    EXPECT_TRUE(rules.HasRuleForName(name)) << name;
  }
  for (const char* name : {"plain", "name", "one", "two", "src", "env", ".env2", "a.pem", "x"}) {
    EXPECT_FALSE(rules.HasRuleForName(name)) << name;
  }
  EXPECT_TRUE(RulesetOf("[files]\nhide = ['**/key\\*', '**/key*']").HasRuleForName("key1"));
  EXPECT_FALSE(RulesetOf("extends = []\n[files]\nread.allow = [\"/\"]").HasRuleForName(".env"));
}

// What is said of a directory holds for names that no rule has in mind, and beneath them.
TEST(LayersTest, OtherNamesAreAsTheirDirectory) {
  std::mt19937 random(7);
  const auto pick = [&random](int below) { return static_cast<int>(random() % static_cast<uint32_t>(below)); };
  const auto name = [&] { return std::string(1, static_cast<char>('a' + pick(4))); };
  const auto path = [&](int most) {
    std::string text;
    for (int i = pick(most); i >= 0; --i) text += "/" + name();
    return text;
  };
  const auto part = [&] { return pick(4) == 0 ? name() + "*" : name(); };
  int taken = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string body = "extends = []\n[files]\nread.allow = ['" + path(1) + "', '/x']\n";
    for (const char* key : {"read.ask", "hide", "secrets", "harmless", "read.deny"}) {
      const int kind = pick(6);
      const std::string pattern = kind == 0   ? path(2)
                                  : kind == 1 ? path(1) + "/**/" + part()
                                  : kind == 2 ? "**/" + part() + "/" + part()
                                  : kind == 3 ? "**/" + part() + (pick(2) == 0 ? "/**/" + part() : "/.")
                                  : kind == 4 ? "**/" + part()
                                              : path(1) + "/" + name() + "*";
      body += Cat(key, " = ['", pattern, "']\n");
    }
    const Ruleset rules = RulesetOf(body);
    const std::string directory = path(3), below = name() + name();
    const Extent extent = rules.AllowedBeneath(RuleUse::kRead, directory);
    if (extent < Extent::kButForScattered || rules.HasRuleForName(below)) continue;
    ++taken;
    const std::string there = Cat(directory, "/", below);
    EXPECT_EQ(VerdictOf(rules, Read(there)), Verdict::kAllow) << there << "\n" << body;
    EXPECT_GE(rules.AllowedBeneath(RuleUse::kRead, there), extent) << there << "\n" << body;
  }
  EXPECT_GT(taken, 100);
}

// What it is does not change by who may have it.
TEST(LayersTest, APathWrittenOutKeepsItsRisk) {
  const Policy defaults = PolicyOf(R"(
    [files]
    read.allow = ["/"]
    secrets = ["**/.env"]
    run_later = ["**/.git/config", "**/.vscode"]
    harmless = ["./vendor"]
  )",
                                   Trust::kFull, "builtin:test");
  const Ruleset rules = Join(defaults, PolicyOf(R"(
    [files]
    read.allow = ["./.env", "./vendor/.env"]
    write.ask = ["./x/.git/config"]
    write.allow = ["./a*b/.git/config", './c\*d/.git/config']
  )"));
  const std::string at = "/home/me/src/shop/";
  EXPECT_EQ(rules.Decide(Read(at + ".env")).risk, Risk::kSecret);
  EXPECT_EQ(rules.Decide(Read(at + "vendor/.env")).risk, Risk::kOrdinary) << "harmless there";
  EXPECT_EQ(VerdictOf(rules, Read(at + "vendor/.env")), Verdict::kAllow);
  EXPECT_EQ(rules.Decide(Write(at + "x/.git/config")).risk, Risk::kRunsLater);
  const Grant grant{
      .id = "g1", .allow = true, .scope = FileScope{.use = FileUse::kWrite, .path = at + "x", .tree = true}};
  EXPECT_EQ(rules.Decide(Write(at + "x/.git/config"), {&grant, 1}).verdict, Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Write(at + "c*d/.git/config")), Verdict::kAllow) << "an escaped star is a letter";
  EXPECT_EQ(VerdictOf(rules, Write(at + "axb/.git/config")), Verdict::kAsk);
}

// A name that is open here and closed there must not change places unasked: a secret could be read, or what runs later
// could have been written.
TEST(LayersTest, ADirectoryAroundAPathWrittenOutMovesOnlyWhenAsked) {
  const Policy defaults = PolicyOf(R"(
    [files]
    read.allow = ["/"]
    write.allow = ["."]
    secrets = ["**/.env"]
    run_later = ["**/.git/config", "**/.git/hooks"]
  )",
                                   Trust::kFull, "builtin:test");
  const std::string at = "/home/me/src/shop/";
  const auto move = [&](const Ruleset& rules, const std::string& from, const std::string& to) {
    FileOperation operation = MoveDirectory(at + to);
    operation.moved_from = at + from;
    return VerdictOf(rules, operation);
  };
  const Ruleset rules = Join(defaults, PolicyOf(R"(
    [files]
    read.allow = ["./open/.env"]
    write.allow = ["./fix/.git/config", "./deep/.git/hooks/pre-commit"]
  )"));
  EXPECT_EQ(move(rules, "prod", "open"), Verdict::kAsk) << "its .env would be read";
  EXPECT_EQ(move(rules, "fix", "app"), Verdict::kAsk) << "its .git/config was written";
  EXPECT_EQ(move(rules, "deep", "app"), Verdict::kAsk) << "and its hook";
  EXPECT_EQ(move(rules, "prod", "other"), Verdict::kAllow);
  EXPECT_EQ(move(rules, "openly", "other"), Verdict::kAllow);
  EXPECT_EQ(move(Join(defaults, PolicyOf("")), "prod", "open"), Verdict::kAllow) << "the twin";
}

TEST(LayersTest, AHostWithAPortBeatsTheSameOneBuiltIn) {
  const char* const kDefaults = R"(
    [network]
    ask = ["*"]
    deny = ["10.0.0.0/8"]
    listen.ask = ["*"]
  )";
  const char* const kMine = R"(
    [network]
    allow = ["*:443", "10.0.0.0/8:80"]
    listen.allow = ["*:3000"]
  )";
  const Policy defaults = PolicyOf(kDefaults, Trust::kFull, "builtin:test");
  const Ruleset rules = Join(defaults, PolicyOf(kMine));
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 443, {"shop.example"})), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 80, {"shop.example"})), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Connect("10.0.0.1", 80)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("10.0.0.1", 443)), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, Listen("0.0.0.0", 3000)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Listen("0.0.0.0", 3001)), Verdict::kAsk);
  const Ruleset tightened = Join(defaults, PolicyOf(kMine, Trust::kTighten));
  EXPECT_EQ(VerdictOf(tightened, Connect("1.2.3.4", 443, {"shop.example"})), Verdict::kAsk);
}

TEST(LayersTest, AProjectTightens) {
  const Policy base = PolicyOf("[files]\nread.allow = [\".\"]\nread.deny = [\"./x\"]\nsecrets = [\"**/.env\"]");
  const Policy project = PolicyOf(R"(
    [files]
    read.allow = ["./x/y", "./secret/open"]
    hide = ["./secret"]
    harmless = ["."]
    [network]
    allow = ["*"]
    deny = ["bad.example"]
    [sockets]
    allow = ["docker"]
    [environment]
    pass = ["*"]
  )",
                                  Trust::kTighten);
  const Ruleset rules = Join(base, project);
  const std::string at = "/home/me/src/shop/";
  EXPECT_EQ(VerdictOf(rules, Read(at + "a")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Read(at + "secret/x")), Verdict::kHide);
  EXPECT_EQ(VerdictOf(rules, Read(at + "secret/open")), Verdict::kAllow);  // the hole is in its own rule
  EXPECT_EQ(VerdictOf(rules, Read(at + "x/y")), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, Read(at + ".env")), Verdict::kHide);
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 80, {"good.example"})), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 80, {"bad.example"})), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, ConnectUnix("/run/docker.sock")), Verdict::kDeny);
  EXPECT_FALSE(rules.PassesEnvironment("PATH"));
}

// Whatever an unvouched file says, no answer becomes looser by it.
TEST(LayersTest, TighteningNeverLoosens) {
  std::mt19937 random(3);
  const auto pick = [&](const auto& list) { return list[random() % std::size(list)]; };
  const std::string kParts[] = {"a", "b", "c", "**", "*", ".env", "?"};
  const std::string kNames[] = {"a", "b", "c", ".env", "x"};
  const std::string kHosts[] = {"*",        "a.example",   ".example", "10.0.0.0/8", "10.1.0.0/16:80",
                                "loopback", "127.0.0.1:80"};
  const Verdict kVerdicts[] = {Verdict::kAllow, Verdict::kAsk, Verdict::kDeny, Verdict::kHide};
  const Risk kRisks[] = {Risk::kOrdinary, Risk::kRunsLater, Risk::kSecret};
  const RuleUse kUses[] = {RuleUse::kRead, RuleUse::kWrite, RuleUse::kExec};
  const char* const kLists[] = {"allow", "ask", "deny"};
  const auto random_policy = [&](Trust trust) {
    std::string body = "[network]\n";
    for (const char* list : kLists) {
      body +=
          std::string(list) + " = [\"" + pick(kHosts) + "\"]\nlisten." + list + " = [\"loopback\", \"10.0.0.0/8\"]\n";
    }
    body += "[sockets]\n" + std::string(pick(kLists)) + " = [\"/a\"]\n";
    body += "[environment]\n" + std::string(random() % 2 == 0 ? "pass" : "mask") + " = [\"A*\"]\n";
    Policy policy = PolicyOf(body, trust);
    for (int i = 0; i < 8; ++i) {
      FileRule rule{
          .use = pick(kUses), .verdict = pick(kVerdicts), .risk = pick(kRisks), .harmless = random() % 5 == 0};
      std::string pattern;
      for (size_t n = random() % 4; n > 0; --n) pattern += Cat("/", pick(kParts));
      rule.pattern = pattern + Cat("/", pick(kNames));
      policy.files.push_back(rule);
    }
    return policy;
  };
  int tightened = 0;
  for (int round = 0; round < 150; ++round) {
    const Policy base = random_policy(Trust::kFull);
    const Ruleset before({base});
    const Ruleset after({base, random_policy(Trust::kTighten), random_policy(Trust::kTighten)});
    for (int trial = 0; trial < 80; ++trial) {
      std::string path;
      for (size_t n = 1 + random() % 4; n > 0; --n) path += Cat("/", pick(kNames));
      FileOperation move = MoveDirectory(path);
      NetOperation net = Connect(random() % 2 == 0 ? "10.1.2.3" : "127.0.0.1", 80);
      if (random() % 2 == 0) net.names = {"a.example", "b.example"};
      net.action = random() % 3 == 0 ? NetAction::kListen : NetAction::kConnect;
      net.made_inside = random() % 3 == 0;
      UnixSocketOperation socket = ConnectUnix(path);
      socket.made_inside = random() % 2 == 0;
      for (const Operation& operation :
           {Operation(Read(path)), Operation(Write(path)), Operation(move), Operation(Exec(path)),
            Operation(MakeDirectory(path)), Operation(net), Operation(socket)}) {
        const Verdict loose = VerdictOf(before, operation), strict = VerdictOf(after, operation);
        ASSERT_GE(strict, loose) << KindOf(operation) << " " << ObjectOf(operation) << " in round " << round;
        tightened += strict > loose ? 1 : 0;
      }
    }
    for (const char* name : {"A", "B"}) {
      if (after.PassesEnvironment(name)) {
        EXPECT_TRUE(before.PassesEnvironment(name));
      }
    }
  }
  EXPECT_GT(tightened, 1000);
}

}  // namespace
}  // namespace usher
