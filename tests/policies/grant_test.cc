#include "policies/grant.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policies/registrable_domain.h"
#include "tests/policies/policy_builder.h"

namespace usher {
namespace {

const LadderContext kContext = {.home = "/home/me", .workspace = "/home/me/src/shop"};

Grant Yes(Scope scope) { return {.id = "g7", .scope = std::move(scope), .by = "terminal"}; }
Grant No(Scope scope) { return {.id = "g8", .allow = false, .scope = std::move(scope), .by = "terminal"}; }

std::vector<std::string> Offers(const Operation& operation, Risk risk) {
  std::vector<std::string> offers;
  for (const Scope& scope : LadderFor(operation, risk, kContext)) offers.push_back(ToString(scope));
  return offers;
}

TEST(LadderTest, OffersFilesFromTheNarrowest) {
  const struct {
    Operation operation;
    std::vector<std::string> offers;
  } kCases[] = {
      {Read("/home/me/.config/app/a/b"),
       {"/home/me/.config/app/a/b", "/home/me/.config/app/a and everything in it",
        "/home/me/.config/app and everything in it"}},
      {Read("/home/me/.config/app"), {"/home/me/.config/app"}},
      {Read("/home/me/.local/share/app/x"),
       {"/home/me/.local/share/app/x", "/home/me/.local/share/app and everything in it"}},
      {Read("/home/me/.app/deep/er/x"),
       {"/home/me/.app/deep/er/x", "/home/me/.app/deep/er and everything in it", "/home/me/.app and everything in it"}},
      {Read("/home/me/notes"), {"/home/me/notes"}},
      {Read("/home/me/other/lib/x"), {"/home/me/other/lib/x", "/home/me/other/lib and everything in it"}},
      {Read("/home/you/x"), {"/home/you/x"}},
      {Read("/srv/x"), {"/srv/x"}},
      {Read("/srv/data/x"), {"/srv/data/x", "/srv/data and everything in it"}},
      {Write("/home/me/src/shop/lib/x"),
       {"/home/me/src/shop/lib/x", "/home/me/src/shop/lib and everything in it",
        "/home/me/src/shop and everything in it"}},
      {FileOperation{.path = "/home/me/other", .is_directory = true},
       {"/home/me/other", "/home/me/other and everything in it"}},
      {FileOperation{.path = "/home/me", .is_directory = true}, {"/home/me"}},
      {FileOperation{.path = "/home", .is_directory = true}, {"/home"}},
      {FileOperation{.path = "/", .is_directory = true}, {"/"}},
  };
  for (const auto& test : kCases) EXPECT_EQ(Offers(test.operation, Risk::kOrdinary), test.offers);
}

TEST(LadderTest, DangerousThingsAreOfferedAlone) {
  for (const Risk risk : {Risk::kRunsLater, Risk::kSecret, Risk::kEscape}) {
    EXPECT_EQ(Offers(Write("/home/me/.config/app/a/b"), risk), std::vector<std::string>{"/home/me/.config/app/a/b"});
  }
  EXPECT_EQ(Offers(ConnectUnix("/run/docker.sock"), Risk::kEscape), std::vector<std::string>{"/run/docker.sock"});
  EXPECT_TRUE(Offers(ProcessOperation{}, Risk::kOrdinary).empty());
}

TEST(LadderTest, OffersHostsUpToTheRegistrableDomain) {
  const bool has_list = !RegistrableDomain("www.shop.example").empty();
  const auto with_domain = [&](std::vector<std::string> offers) {
    if (!has_list) offers.pop_back();
    return offers;
  };
  EXPECT_EQ(Offers(Connect("1.2.3.4", 443, {"api.shop.example"}), Risk::kNetwork),
            with_domain({"api.shop.example:443", "api.shop.example, every port", ".shop.example:443"}));
  EXPECT_EQ(Offers(Connect("1.2.3.4", 443, {"me.github.io"}), Risk::kNetwork),
            with_domain({"me.github.io:443", "me.github.io, every port", ".me.github.io:443"}));
  EXPECT_EQ(Offers(Connect("1.2.3.4", 443, {"github.io"}), Risk::kNetwork),
            (std::vector<std::string>{"github.io:443", "github.io, every port"}));
  EXPECT_EQ(Offers(Connect("1.2.3.4", 443, {"intranet"}), Risk::kNetwork),
            (std::vector<std::string>{"intranet:443", "intranet, every port"}));
  EXPECT_EQ(Offers(Connect("2001:db8::1", 443), Risk::kNetwork),
            (std::vector<std::string>{"[2001:db8::1]:443", "2001:db8::1, every port"}));
  EXPECT_EQ(Offers(Connect("127.0.0.1", 80, {"localhost"}), Risk::kNetwork),
            (std::vector<std::string>{"127.0.0.1:80", "127.0.0.1, every port"}));
  EXPECT_EQ(Offers(Listen("0.0.0.0", 80), Risk::kNetwork),
            (std::vector<std::string>{"listen on 0.0.0.0:80", "listen on 0.0.0.0, every port"}));
}

TEST(LadderTest, KnowsWherePrivateSuffixesEnd) {
  if (RegistrableDomain("www.shop.example").empty()) GTEST_SKIP() << "built without the Public Suffix List";
  EXPECT_EQ(RegistrableDomain("www.bbc.co.uk"), "bbc.co.uk");
  EXPECT_EQ(RegistrableDomain("co.uk"), "");
  EXPECT_EQ(RegistrableDomain("a.b.github.io"), "b.github.io");
  EXPECT_EQ(RegistrableDomain("bucket.s3.amazonaws.com"), "bucket.s3.amazonaws.com");
  EXPECT_EQ(RegistrableDomain("localhost"), "");
}

TEST(CoversTest, ATreeIsADirectoryAndNotAPrefix) {
  const Scope tree = FileScope{.use = FileUse::kRead, .path = "/a/b", .tree = true};
  EXPECT_TRUE(Covers(tree, Read("/a/b")));
  EXPECT_TRUE(Covers(tree, Read("/a/b/c")));
  EXPECT_FALSE(Covers(tree, Read("/a/bc")));
  EXPECT_FALSE(Covers(tree, Read("/a")));
  EXPECT_FALSE(Covers(tree, Write("/a/b/c")));
  EXPECT_FALSE(Covers(tree, Exec("/a/b/c")));
  EXPECT_FALSE(Covers(FileScope{.path = "/a/b"}, Read("/a/b/c")));
  EXPECT_TRUE(Covers(FileScope{.path = "/", .tree = true}, Read("/a")));
}

TEST(CoversTest, HostsByNameAndByAddress) {
  const Scope domain = HostScope{.host = "shop.example", .subdomains = true, .port = 443};
  EXPECT_TRUE(Covers(domain, Connect("1.2.3.4", 443, {"shop.example"})));
  EXPECT_TRUE(Covers(domain, Connect("1.2.3.4", 443, {"a.b.shop.example"})));
  EXPECT_FALSE(Covers(domain, Connect("1.2.3.4", 443, {"myshop.example"})));
  EXPECT_FALSE(Covers(domain, Connect("1.2.3.4", 80, {"shop.example"})));
  EXPECT_FALSE(Covers(domain, Connect("127.0.0.1", 443, {"shop.example"})));  // a name that leads here
  EXPECT_FALSE(Covers(HostScope{.host = "shop.example"}, Connect("1.2.3.4", 443, {"a.shop.example"})));
  EXPECT_TRUE(Covers(HostScope{.host = "1.2.3.4"}, Connect("::ffff:1.2.3.4", 9)));
  EXPECT_FALSE(Covers(HostScope{.host = "1.2.3.4"}, Listen("1.2.3.4", 9)));
  EXPECT_TRUE(Covers(HostScope{.host = "1.2.3.4", .listen = true}, Listen("1.2.3.4", 9)));
}

TEST(GrantTest, TurnsAnAskIntoAnAnswer) {
  const Ruleset rules = RulesetOf("[files]\nread.ask = [\"~\"]\nread.deny = [\"~/no\"]\nhide = [\"~/.ssh\"]");
  const std::vector<Grant> yes = {Yes(FileScope{.path = "/home/me", .tree = true})};
  const Decision allowed = rules.Decide(Read("/home/me/x"), yes);
  EXPECT_EQ(allowed.verdict, Verdict::kAllow);
  EXPECT_EQ(allowed.rule, "grant g7");
  EXPECT_EQ(allowed.grant, "g7");
  EXPECT_EQ(allowed.source, "terminal");
  EXPECT_EQ(rules.Decide(Read("/home/me/no"), yes).verdict, Verdict::kDeny);
  EXPECT_EQ(rules.Decide(Read("/home/me/.ssh/id"), yes).verdict, Verdict::kHide);
  EXPECT_EQ(rules.Decide(Read("/elsewhere"), yes).verdict, Verdict::kAsk);
  // A no outlives a yes, in whichever order they came.
  std::vector<Grant> both = {yes[0], No(FileScope{.path = "/home/me/x"})};
  EXPECT_EQ(rules.Decide(Read("/home/me/x"), both).verdict, Verdict::kDeny);
  EXPECT_EQ(rules.Decide(Read("/home/me/x"), both).grant, "g8");
  std::reverse(both.begin(), both.end());
  EXPECT_EQ(rules.Decide(Read("/home/me/x"), both).verdict, Verdict::kDeny);
  EXPECT_EQ(rules.Decide(Read("/home/me/y"), both).verdict, Verdict::kAllow);
}

TEST(GrantTest, ATreeDoesNotReachWhatRunsLaterOrIsSecret) {
  const Ruleset rules = RulesetOf("[files]\nrun_later = [\"**/.git/hooks\"]\nsecret.ask = [\"**/*.key\"]");
  const std::vector<Grant> write = {Yes(FileScope{.use = FileUse::kWrite, .path = "/p", .tree = true})};
  const std::vector<Grant> read = {Yes(FileScope{.use = FileUse::kRead, .path = "/p", .tree = true})};
  EXPECT_EQ(rules.Decide(Write("/p/x"), write).verdict, Verdict::kAllow);
  EXPECT_EQ(rules.Decide(Write("/p/.git/hooks/x"), write).verdict, Verdict::kAsk);
  EXPECT_EQ(rules.Decide(MoveDirectory("/p/.git"), write).verdict, Verdict::kAsk);
  EXPECT_EQ(rules.Decide(Read("/p/x"), read).verdict, Verdict::kAllow);
  EXPECT_EQ(rules.Decide(Read("/p/x.key"), read).verdict, Verdict::kAsk);
  const std::vector<Grant> exact = {Yes(FileScope{.path = "/p/x.key"})};
  EXPECT_EQ(rules.Decide(Read("/p/x.key"), exact).verdict, Verdict::kAllow);
  EXPECT_EQ(rules.Decide(Read("/p/x.key/y"), exact).verdict, Verdict::kAsk);
  // A no for the whole tree does reach them.
  EXPECT_EQ(rules.Decide(Read("/p/x.key"), {No(FileScope{.path = "/p", .tree = true})}).verdict, Verdict::kDeny);
}

TEST(GrantTest, AYesForADirectoryIsNoneForAnInterpreterElsewhere) {
  const Ruleset rules = RulesetOf("[files]\nexec.allow = [\"/usr\"]");
  const std::vector<Grant> tree = {Yes(FileScope{.use = FileUse::kExec, .path = "/p/tools", .tree = true})};
  EXPECT_EQ(rules.Decide(Exec("/p/tools/x", "/usr/bin/sh"), tree).verdict, Verdict::kAllow);
  EXPECT_EQ(rules.Decide(Exec("/p/tools/x", "/p/tools/sh"), tree).verdict, Verdict::kAllow);
  EXPECT_EQ(rules.Decide(Exec("/p/tools/x", "/q/sh"), tree).verdict, Verdict::kAsk);
  const std::vector<Grant> exact = {Yes(FileScope{.use = FileUse::kExec, .path = "/p/tools/x"})};
  EXPECT_EQ(rules.Decide(Exec("/p/tools/x", "/q/sh"), exact).verdict, Verdict::kAllow);
}

// The commonest complaint about permission prompts is that the answer does not hold. Any offer, once taken, must answer
// the very question that it was offered for.
TEST(GrantTest, ANoHoldsForWhatTheRunMadeItself) {
  const Ruleset rules = Developer();
  FileOperation own = std::get<FileOperation>(Operation(Write("/tmp/notes")));
  own.made_inside = true;
  EXPECT_EQ(rules.Decide(own).verdict, Verdict::kAllow);
  EXPECT_EQ(rules.Decide(Write("/tmp/notes")).verdict, Verdict::kAsk);
  EXPECT_EQ(rules.Decide(own, {No(FileScope{.use = FileUse::kWrite, .path = "/tmp", .tree = true})}).verdict,
            Verdict::kDeny);
}

TEST(GrantTest, EveryOfferAnswersItsQuestion) {
  const Ruleset developer = Developer();
  const Ruleset strict = RulesetOf(R"(
    [files]
    run_later = ["**/.git/hooks", "**/ci"]
    secret.ask = ["**/*.key"]
    [network]
    ask = ["*"]
    [sockets]
    ask = ["docker", "@asked"]
  )");
  std::vector<Operation> operations;
  const char* const kPaths[] = {"/",
                                "/home",
                                "/home/me",
                                "/home/me/x",
                                "/home/me/a/b/c",
                                "/home/me/.config/app/x",
                                "/home/me/.cache/a",
                                "/home/me/src/shop/.git/hooks/x",
                                "/home/me/src/shop/.git",
                                "/home/me/src/shop/ci",
                                "/home/me/src/shop/x.key",
                                "/home/me/src/shop/lib/a.c",
                                "/tmp/x",
                                "/tmp/a/b",
                                "/srv/data/deep/x",
                                "/srv/.git/hooks",
                                "/opt/tool/bin/x",
                                "/mnt/we*ird/[x]?"};
  for (const char* path : kPaths) {
    for (const FileAction action :
         {FileAction::kRead, FileAction::kWrite, FileAction::kCreate, FileAction::kRemove, FileAction::kMetadata}) {
      operations.push_back(FileOperation{.action = action, .path = path});
      operations.push_back(FileOperation{.action = action, .path = path, .is_directory = true});
      operations.push_back(
          FileOperation{.action = action, .path = path, .is_directory = true, .carries_subtree = true});
    }
    for (const char* interpreter : {"", "/usr/bin/sh", "/srv/odd/sh", "/home/me/a/b/sh"}) {
      operations.push_back(Exec(path, interpreter));
    }
    operations.push_back(UnixSocketOperation{.action = UnixAction::kBind, .name = path});
  }
  for (const char* address :
       {"1.2.3.4", "127.0.0.1", "0.0.0.0", "::", "::1", "2001:db8::1", "::ffff:1.2.3.4", "10.0.0.1"}) {
    for (const NetAction action : {NetAction::kConnect, NetAction::kSend, NetAction::kBind, NetAction::kListen}) {
      for (const uint16_t port : {uint16_t{0}, uint16_t{443}}) {
        NetOperation net = Connect(address, port);
        net.action = action;
        operations.push_back(net);
        net.names = {"www.shop.example", "other.example"};
        operations.push_back(net);
        net.names = {"me.github.io."};
        operations.push_back(net);
        net.names = {"intranet"};
        operations.push_back(net);
      }
    }
  }
  for (const char* name : {"/run/docker.sock", "@asked", "/run/user/1000/docker.sock"}) {
    for (const UnixAction action : {UnixAction::kConnect, UnixAction::kSend}) {
      operations.push_back(UnixSocketOperation{.action = action, .name = name});
    }
  }
  int asked = 0;
  for (const Ruleset* rules : {&developer, &strict}) {
    for (const Operation& operation : operations) {
      const Decision decision = rules->Decide(operation);
      if (decision.verdict != Verdict::kAsk) continue;
      const std::vector<Scope> ladder = LadderFor(operation, decision.risk, kContext);
      EXPECT_FALSE(ladder.empty());
      for (const Scope& scope : ladder) {
        ++asked;
        const Decision after = rules->Decide(operation, {Yes(scope)});
        EXPECT_EQ(after.verdict, Verdict::kAllow)
            << KindOf(operation) << " " << ObjectOf(operation) << " granted " << ToString(scope);
        EXPECT_EQ(rules->Decide(operation, {No(scope)}).verdict, Verdict::kDeny);
      }
    }
  }
  EXPECT_GT(asked, 500);
}

}  // namespace
}  // namespace usher
