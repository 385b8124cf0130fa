#include "policies/parser.h"

#include <gtest/gtest.h>

#include "policies/printer.h"
#include "policies/text.h"
#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

TEST(ParserTest, ReadsEveryKey) {
  const auto parsed = ParsePolicy(R"(version = 1
name = "shop"
extends = []
[files]
read.allow = [".", "x/y", "./z"]
read.ask = ["~"]
read.deny = ["$TMP/no"]
write.allow = ["$TMP"]
write.ask = ["$RUN/a"]
write.deny = ["/b"]
exec.allow = ["/usr"]
exec.ask = ["**/*.sh"]
exec.deny = ["~/c"]
hide = ["~/.ssh"]
secrets = ["**/.env"]
secret.ask = ["**/*.key"]
run_later = [".git/hooks"]
harmless = ["**/.env.example"]
[network]
allow = ["API.shop.example:443", "$DNS"]
ask = ["*"]
deny = ["10.0.0.0/8", ".corp.example", "[fe80::]/10"]
listen.allow = ["loopback:3000-3999"]
listen.ask = ["*"]
listen.deny = ["0.0.0.0"]
[sockets]
allow = ["@x"]
ask = ["docker"]
deny = ["/run/y"]
[environment]
pass = ["PATH"]
mask = ["*_TOKEN"]
[prompt]
hold = "5m"
[log]
reads = true
)",
                                  "/etc/p.toml", TestContext());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_FALSE(parsed->stands_on_builtin);
  const Policy& policy = parsed->policy;
  EXPECT_EQ(policy.name, "shop");
  EXPECT_EQ(policy.origin, "/etc/p.toml");
  EXPECT_EQ(policy.hold_seconds, 300);
  EXPECT_TRUE(policy.log_reads);
  const auto find = [&](std::string_view text) {
    for (const FileRule& rule : policy.files) {
      if (rule.text == text) return rule;
    }
    ADD_FAILURE() << "no rule " << text;
    return FileRule{};
  };
  EXPECT_EQ(find("read.allow \".\"").pattern, "/home/me/src/shop");
  EXPECT_EQ(find("read.allow \".\"").source, "/etc/p.toml:5:15");
  EXPECT_EQ(find("read.allow \"x/y\"").pattern, "/home/me/src/shop/x/y");
  EXPECT_EQ(find("read.allow \"./z\"").pattern, "/home/me/src/shop/z");
  EXPECT_EQ(find("read.ask \"~\"").pattern, "/home/me");
  EXPECT_EQ(find("read.deny \"$TMP/no\"").pattern, "/tmp/usher-7f3a/no");
  EXPECT_EQ(find("write.ask \"$RUN/a\"").pattern, "/run/user/1000/a");
  EXPECT_EQ(find("exec.ask \"**/*.sh\"").pattern, "/**/*.sh");
  EXPECT_EQ(find("run_later \".git/hooks\"").risk, Risk::kRunsLater);
  EXPECT_EQ(find("run_later \".git/hooks\"").verdict, Verdict::kAsk);
  EXPECT_EQ(find("secrets \"**/.env\"").risk, Risk::kSecret);
  EXPECT_EQ(find("secret.ask \"**/*.key\"").verdict, Verdict::kAsk);
  EXPECT_TRUE(find("harmless \"**/.env.example\"").harmless);
  ASSERT_EQ(policy.hosts.size(), 10u);  // "$DNS" stands for two
  EXPECT_EQ(policy.hosts[0].pattern.name, "api.shop.example");
  EXPECT_EQ(policy.hosts[0].pattern.port_high, 443);
  EXPECT_EQ(policy.environment.size(), 2u);
}

TEST(ParserTest, NothingSaidStandsOnTheBuiltin) {
  EXPECT_TRUE(ParsePolicy("version = 1", "p", TestContext())->stands_on_builtin);
  EXPECT_TRUE(ParsePolicy("version = 1\nextends = [\"builtin:developer\"]", "p", TestContext())->stands_on_builtin);
}

TEST(ParserTest, SaysWhereAndWhatIsWrong) {
  const struct {
    const char *text, *error;
  } kCases[] = {
      {"", "p:1:1: the version is missing; begin with \"version = 1\""},
      {"version = 2", "p:1:11: version 2 is not known"},
      {"version = \"1\"", "p:1:11: \"version\" must be the number 1"},
      {"version = 1\nflies = 1", "p:2:1: unknown key \"flies\"; did you mean \"files\"?"},
      {"version = 1\n[files]\nread.alow = []", "p:3:6: unknown key \"alow\" in \"read\"; did you mean \"allow\"?"},
      {"version = 1\n[files]\nzzzzzz = []", "unknown key \"zzzzzz\" in \"files\"; known here are read, write"},
      {"version = 1\n[files]\nread.allow = \".\"", "p:3:14: \"read.allow\" must be a list of strings"},
      {"version = 1\n[files]\nread.allow = [1]", "p:3:15: each entry of \"read.allow\" must be a string"},
      {"version = 1\n[files]\nread = 1", "p:3:8: \"read\" must be a table"},
      {"version = 1\n[files]\nhide = [\"../x\"]", "p:3:9: \"../x\" is not a path pattern"},
      {"version = 1\n[files]\nhide = [\"\"]", "\"\" is not a path pattern"},
      {"version = 1\n[files]\nhide = [\"/a/**/*\"]", "is not a path pattern"},
      {"version = 1\n[files]\nhide = [\"~bob/x\"]", "p:3:9: \"~bob\" is no short form"},
      {"version = 1\n[files]\nhide = [\"$HOME/x\"]", "\"$HOME\" is no short form"},
      {"version = 1\n[files]\nhide = [\"a\\u202e/../b\"]", "\"a\\u{202E}/../b\" is not a path pattern"},
      {"version = 1\n[network]\nallow = [\"*.shop.example\"]", "\".shop.example\" means the domain and all below it"},
      {"version = 1\n[network]\nallow = [\"10.0.0.1/8\"]", "did you mean \"10.0.0.0/8\" or \"10.0.0.1\"?"},
      {"version = 1\n[network]\nallow = [\"a.example:99999\"]", "has no proper port"},
      {"version = 1\n[network]\nallow = [\"a.example:9-8\"]", "has no proper port"},
      {"version = 1\n[network]\nallow = [\"https://a.example/\"]", "has no proper port"},
      {"version = 1\n[network]\nallow = [\"a b\"]", "is no host name"},
      {"version = 1\n[network]\nallow = [\"1.2.3\"]", "ends in a number"},
      {"version = 1\n[network]\nallow = [\"\"]", "is no host name"},
      {"version = 1\n[network]\nlisten.allow = [\"a.example\"]", "ports are opened at addresses"},
      {"version = 1\n[sockets]\nask = [\"dokcer\"]", "\"dokcer\" is no known socket; did you mean \"docker\"?"},
      {"version = 1\n[sockets]\nask = [\"@\"]", "lacks the abstract name"},
      {"version = 1\n[environment]\npass = [\"A=B\"]", "is no name of a variable"},
      {"version = 1\n[prompt]\nhold = \"60\"", "must be a time"},
      {"version = 1\n[prompt]\nhold = \"25h\"", "must be a time"},
      {"version = 1\n[prompt]\nhold = \"0s\"", "must be a time"},
      {"version = 1\n[log]\nreads = 1", "\"log.reads\" must be true or false"},
      {"version = 1\nextends = [\"builtin:develper\"]", "\"builtin:develper\" cannot be extended"},
      {"version = 1\nname = \"\"", "\"name\" must be a string"},
      {"version = 1\nversion = 1", "p:2:"},
      {"version = ", "this is not TOML"},
  };
  for (const auto& test : kCases) {
    const auto parsed = ParsePolicy(test.text, "p", TestContext());
    ASSERT_FALSE(parsed.ok()) << test.text;
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(FromAbsl(parsed.status().message()).find(test.error), std::string_view::npos)
        << test.text << "\n  gives " << parsed.status();
    EXPECT_TRUE(FromAbsl(parsed.status().message()).starts_with("p:")) << parsed.status();
  }
}

TEST(ParserTest, RefusesAHugeFile) {
  EXPECT_FALSE(ParsePolicy("version = 1\n#" + std::string(1 << 20, 'x'), "p", TestContext()).ok());
  EXPECT_TRUE(ParsePolicy("version = 1\n#" + std::string(1 << 19, 'x'), "p", TestContext()).ok());
}

TEST(ParserTest, AStrangeNameOfTheWorkspaceIsNoPattern) {
  PolicyContext context = TestContext();
  context.workspace = "/home/me/a*b";
  const auto parsed = ParsePolicy("version = 1\n[files]\nread.allow = [\".\", \"*.c\"]", "p", context);
  ASSERT_TRUE(parsed.ok());
  const Ruleset rules({parsed->policy});
  EXPECT_EQ(rules.Decide(Read("/home/me/a*b/x")).verdict, Verdict::kAllow);
  EXPECT_EQ(rules.Decide(Read("/home/me/axb/x")).verdict, Verdict::kAsk);
}

TEST(ParserTest, AShortFormWithoutMeaningLeavesTheRuleOut) {
  const auto parsed = ParsePolicy("version = 1\n[files]\nhide = [\"$RUN/x\", \"~/y\"]", "p", {.home = "/home/me"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->policy.files.size(), 3u);  // "~/y", for reading, writing and running
}

TEST(ParserTest, AHomeAtTheRootIsTheRoot) {
  const auto parsed = ParsePolicy("version = 1\n[files]\nread.deny = [\"~/x\", \"~/.\"]", "p", {.home = "/"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->policy.files[0].pattern, "/x");
  EXPECT_EQ(parsed->policy.files[1].pattern, "/.");
}

TEST(NearestWordTest, FindsWhatWasMeant) {
  const std::vector<std::string_view> known = {"allow", "ask", "deny", "docker"};
  EXPECT_EQ(NearestWord("alow", known), "allow");
  EXPECT_EQ(NearestWord("aks", known), "ask");
  EXPECT_EQ(NearestWord("dokcer", known), "docker");
  EXPECT_EQ(NearestWord("dney", known), "deny");
  EXPECT_EQ(NearestWord("something", known), "");
  EXPECT_EQ(NearestWord(std::string(100000, 'a'), known), "");
}

TEST(BuiltinTest, NamesWhatThereIs) {
  EXPECT_TRUE(BuiltinPolicy("developer", TestContext()).ok());
  const auto missing = BuiltinPolicy("develop", TestContext());
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(FromAbsl(missing.status().message()).find("developer"), std::string_view::npos);
  EXPECT_TRUE(BuiltinPolicy("developer", {}).ok());
}

TEST(PrinterTest, SaysWhatThePolicyMeans) {
  const std::string summary = PolicySummary(Developer());
  for (const char* part :
       {"reads    the workspace, private temp, system, toolchains in home, caches, ", "run-later places",
        "network  name servers", "other hosts", "listens: loopback", "docker", "env ", "policy   developer"}) {
    EXPECT_NE(summary.find(part), std::string::npos) << part << " is not in\n" << summary;
  }
  const Ruleset mine = RulesetOf("[files]\nwrite.allow = [\"./out\"]\nhide = [\"~/a\\n\"]");
  EXPECT_NE(PolicySummary(mine).find("writes   ./out"), std::string::npos) << PolicySummary(mine);
  EXPECT_EQ(FullListing(mine),
            "write.allow \"./out\"   test.toml:3:16\n"
            "hide \"~/a\\u{A}\"   test.toml:4:9\n");
}

}  // namespace
}  // namespace usher
