// How rules for hosts, sockets, processes and the environment are weighed.

#include <gtest/gtest.h>

#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

TEST(HostRulesTest, ANameBeatsADomainBeatsARangeBeatsAll) {
  const Ruleset rules = RulesetOf(R"(
    [network]
    allow = ["api.shop.example", ".deep.corp.example", "10.1.0.0/16", "8.8.8.8"]
    ask = ["*"]
    deny = [".shop.example", ".corp.example", "10.0.0.0/8"]
  )");
  const struct {
    NetOperation operation;
    Verdict verdict;
  } kCases[] = {
      {Connect("1.2.3.4", 443, {"api.shop.example"}), Verdict::kAllow},
      {Connect("1.2.3.4", 443, {"API.shop.example."}), Verdict::kDeny},  // names come in lower case
      {Connect("1.2.3.4", 443, {"api.shop.example."}), Verdict::kAllow},
      {Connect("1.2.3.4", 443, {"www.shop.example"}), Verdict::kDeny},
      {Connect("1.2.3.4", 443, {"shop.example"}), Verdict::kDeny},
      {Connect("1.2.3.4", 443, {"myshop.example"}), Verdict::kAsk},
      {Connect("1.2.3.4", 443, {"a.deep.corp.example"}), Verdict::kAllow},
      {Connect("1.2.3.4", 443, {"a.corp.example"}), Verdict::kDeny},
      {Connect("1.2.3.4", 443), Verdict::kAsk},
      {Connect("8.8.8.8", 443), Verdict::kAllow},
      {Connect("::ffff:8.8.8.8", 443), Verdict::kAllow},
      {Connect("8.8.8.9", 443), Verdict::kAsk},
      {Connect("10.1.2.3", 443), Verdict::kAllow},
      {Connect("10.2.2.3", 443), Verdict::kDeny},
      {Connect("64:ff9b::10.2.2.3", 443), Verdict::kDeny},
      {Connect("2001:db8::1", 443), Verdict::kAsk},
  };
  for (const auto& test : kCases) {
    const Decision decision = rules.Decide(test.operation);
    EXPECT_EQ(decision.verdict, test.verdict) << ObjectOf(test.operation) << " by " << decision.rule;
    EXPECT_EQ(decision.risk, Risk::kNetwork);
  }
}

TEST(HostRulesTest, AnAllowedNameDoesNotOpenADeniedAddress) {
  const Ruleset rules = RulesetOf(R"(
    [network]
    allow = ["good.example", "169.254.1.1"]
    deny = ["169.254.0.0/16"]
  )");
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 80, {"good.example"})), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("169.254.169.254", 80, {"good.example"})), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, Connect("2002:a9fe:a9fe::", 80, {"good.example"})), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, Connect("169.254.1.1", 80)), Verdict::kAllow);
}

TEST(HostRulesTest, ANameIsNoWayToThisMachine) {
  const Ruleset rules = RulesetOf("[network]\nallow = [\"good.example\", \"127.0.0.1:5432\"]");
  EXPECT_EQ(VerdictOf(rules, Connect("127.0.0.1", 6379, {"good.example"})), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Connect("0.0.0.0", 6379, {"good.example"})), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Connect("127.0.0.1", 5432, {"localhost"})), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("0.0.0.0", 5432)), Verdict::kAllow);
}

TEST(HostRulesTest, OfSeveralNamesADeniedOneDeniesAndAnAllowedOneAllows) {
  const Ruleset rules = RulesetOf("[network]\nallow = [\"a.example\"]\ndeny = [\"d.example\"]");
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 80, {"x.example", "a.example"})), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 80, {"a.example", "d.example"})), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 80, {"x.example", "y.example"})), Verdict::kAsk);
}

TEST(HostRulesTest, PortsCount) {
  const Ruleset rules = RulesetOf("[network]\nallow = [\"a.example:443\", \"b.example:8000-8999\", \"[::1]:80\"]");
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 443, {"a.example"})), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 444, {"a.example"})), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 8999, {"b.example"})), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("1.2.3.4", 9000, {"b.example"})), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Connect("::1", 80)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("::1", 81)), Verdict::kAsk);
}

TEST(HostRulesTest, OwnPortsAreFreeUnlessDenied) {
  NetOperation own = Connect("127.0.0.1", 3000);
  own.made_inside = true;
  EXPECT_EQ(VerdictOf(RulesetOf(""), own), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(RulesetOf("[network]\nask = [\"*\"]"), own), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(RulesetOf("[network]\ndeny = [\"loopback:3000\"]"), own), Verdict::kDeny);
  own.made_inside = false;
  EXPECT_EQ(VerdictOf(RulesetOf(""), own), Verdict::kAsk);
}

TEST(HostRulesTest, ListeningIsJudgedByItsOwnRules) {
  const Ruleset rules = RulesetOf(R"(
    [network]
    allow = ["*"]
    listen.allow = ["loopback:3000-3999", "0.0.0.0:8080"]
    listen.deny = ["10.0.0.0/8"]
  )");
  EXPECT_EQ(VerdictOf(rules, Listen("127.0.0.1", 3000)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Listen("::1", 3999)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Listen("127.0.0.1", 4000)), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Listen("0.0.0.0", 8080)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Listen("::", 8080)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Listen("0.0.0.0", 3000)), Verdict::kAsk);  // everywhere is more than this machine
  EXPECT_EQ(VerdictOf(rules, Listen("10.0.0.1", 8080)), Verdict::kDeny);
  NetOperation bind = Listen("0.0.0.0", 0);
  bind.action = NetAction::kBind;
  EXPECT_EQ(VerdictOf(rules, bind), Verdict::kAsk);
  bind.transport = Transport::kUdp;
  EXPECT_EQ(VerdictOf(rules, bind), Verdict::kAllow);
}

TEST(HostRulesTest, NameServersAreKnownByAWord) {
  const Ruleset rules = RulesetOf("[network]\nallow = [\"$DNS\"]\nask = [\"*\"]");
  EXPECT_EQ(VerdictOf(rules, Connect("127.0.0.53", 53)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("10.0.0.2", 53)), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, Connect("10.0.0.2", 54)), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, Connect("10.0.0.3", 53)), Verdict::kAsk);
}

TEST(SocketRulesTest, WhatHasNoRuleIsRefused) {
  const Ruleset rules = RulesetOf(R"(
    [sockets]
    allow = ["/run/db/*.sock", "@mine-*", "@exact"]
    ask = ["docker"]
    deny = ["tmux", "@mine-not", "journal"]
  )");
  const struct {
    const char* name;
    Verdict verdict;
    Risk risk;
  } kCases[] = {
      {"/run/db/main.sock", Verdict::kAllow, Risk::kEscape},
      {"/run/db/main", Verdict::kDeny, Risk::kEscape},
      {"@mine-1", Verdict::kAllow, Risk::kEscape},
      {"@mine-not", Verdict::kDeny, Risk::kEscape},
      {"@exact", Verdict::kAllow, Risk::kEscape},
      {"@exactly", Verdict::kDeny, Risk::kEscape},
      {"/run/docker.sock", Verdict::kAsk, Risk::kEscape},
      {"/run/user/1000/docker.sock", Verdict::kAsk, Risk::kEscape},
      {"/tmp/tmux-1000/default", Verdict::kDeny, Risk::kEscape},
      {"/run/systemd/journal/socket", Verdict::kDeny, Risk::kOrdinary},
      {"/somewhere", Verdict::kDeny, Risk::kEscape},
      {"", Verdict::kDeny, Risk::kEscape},
  };
  for (const auto& test : kCases) {
    const Decision decision = rules.Decide(ConnectUnix(test.name));
    EXPECT_EQ(decision.verdict, test.verdict) << test.name;
    EXPECT_EQ(decision.risk, test.risk) << test.name;
  }
  EXPECT_EQ(rules.Decide(ConnectUnix("/run/docker.sock")).rule, "sockets.ask \"docker\"");
}

TEST(SocketRulesTest, OwnSocketsAreFreeUnlessDenied) {
  const Ruleset rules = RulesetOf("[sockets]\nask = [\"docker\"]\ndeny = [\"tmux\"]");
  const auto own = [](const char* name) { return UnixSocketOperation{.name = name, .made_inside = true}; };
  EXPECT_EQ(VerdictOf(rules, own("/home/me/src/shop/s.sock")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, own("@own")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, own("/run/docker.sock")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, own("/tmp/tmux-1000/default")), Verdict::kDeny);
}

TEST(SocketRulesTest, GivingANameIsMakingAFile) {
  const Ruleset rules =
      RulesetOf("[files]\nwrite.allow = [\".\"]\nwrite.deny = [\"/run\"]\n[sockets]\nallow = [\"/run/x\"]");
  const auto bind = [](const char* name) { return UnixSocketOperation{.action = UnixAction::kBind, .name = name}; };
  EXPECT_EQ(VerdictOf(rules, bind("/home/me/src/shop/s.sock")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(rules, bind("/run/x")), Verdict::kDeny);
  EXPECT_EQ(VerdictOf(rules, bind("/tmp/x")), Verdict::kAsk);
  EXPECT_EQ(VerdictOf(rules, bind("@any")), Verdict::kAllow);
}

TEST(ProcessRulesTest, OnlyOwnProcessesMayBeTouched) {
  const Ruleset rules = RulesetOf("");
  for (const ProcessAction action : {ProcessAction::kSignal, ProcessAction::kTrace, ProcessAction::kReadMemory,
                                     ProcessAction::kAdjust, ProcessAction::kTakeDescriptor, ProcessAction::kLook}) {
    EXPECT_EQ(VerdictOf(rules, ProcessOperation{.action = action, .target = 1, .inside = true}), Verdict::kAllow);
    EXPECT_EQ(VerdictOf(rules, ProcessOperation{.action = action, .target = 1}), Verdict::kDeny);
  }
  EXPECT_EQ(rules.Decide(ProcessOperation{.target = 1}).rule, "processes outside the sandbox");
}

TEST(EnvironmentRulesTest, TheLongerPatternWins) {
  const Ruleset rules = RulesetOf(R"(
    [environment]
    pass = ["*", "GITHUB_TOKEN", "LD_DEBUG"]
    mask = ["*_TOKEN", "LD_*", "LD_DEBUG"]
  )");
  EXPECT_TRUE(rules.PassesEnvironment("PATH"));
  EXPECT_TRUE(rules.PassesEnvironment("GITHUB_TOKEN"));
  EXPECT_FALSE(rules.PassesEnvironment("NPM_TOKEN"));
  EXPECT_FALSE(rules.PassesEnvironment("LD_PRELOAD"));
  EXPECT_FALSE(rules.PassesEnvironment("LD_DEBUG"));  // a tie
  EXPECT_FALSE(RulesetOf("").PassesEnvironment("PATH"));
}

}  // namespace
}  // namespace usher
