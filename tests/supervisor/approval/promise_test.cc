// The promise behind every prompt: what was answered for longer than one call is not asked again, neither now nor after
// the grants were written, read back and judged by the real rules.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "policies/parser.h"
#include "policies/ruleset.h"
#include "supervisor/approval/binding.h"
#include "supervisor/approval/kept_answer.h"
#include "tests/supervisor/approval/temporary_directory.h"

namespace usher {
namespace {

constexpr char kHome[] = "/home/me";
constexpr char kWorkspace[] = "/home/me/src/shop";

std::vector<Operation> Operations() {
  std::vector<Operation> operations;
  const char* const paths[] = {"/home/me/notes.txt",
                               "/home/me/.cache/tool/x",
                               "/home/me/other/project/file",
                               "/home/me/odd \xff\n\u202e\"\\name",
                               "/home/me/src/shop/.git/hooks/pre-commit",
                               "/home/me/src/shop/.github/workflows/ci.yml"};
  for (const char* path : paths) {
    for (const FileAction action :
         {FileAction::kRead, FileAction::kWrite, FileAction::kCreate, FileAction::kRemove, FileAction::kMetadata}) {
      for (const bool directory : {false, true}) {
        operations.emplace_back(FileOperation{.action = action, .path = path, .is_directory = directory});
      }
    }
    operations.emplace_back(ExecOperation{.path = path, .argv = {"x"}});
  }
  for (const NetAction action : {NetAction::kConnect, NetAction::kListen}) {
    for (const Transport transport : {Transport::kTcp}) {
      for (const std::vector<std::string>& names :
           {std::vector<std::string>{}, {"registry.example"}, {"a.b.registry.example", "cdn.example"}}) {
        for (const std::array<uint8_t, 4> address :
             {std::array<uint8_t, 4>{93, 184, 216, 34}, {10, 1, 2, 3}, {127, 0, 0, 1}}) {
          operations.emplace_back(NetOperation{.action = action,
                                               .transport = transport,
                                               .address = IpAddress::V4(address),
                                               .port = 443,
                                               .names = names});
        }
      }
    }
  }
  for (const char* name : {"/home/me/.cache/tool/socket", "/run/user/1000/thing", "@abstract"}) {
    for (const UnixAction action : {UnixAction::kConnect, UnixAction::kSend, UnixAction::kBind}) {
      operations.emplace_back(UnixSocketOperation{.action = action, .name = name});
    }
  }
  return operations;
}

class PromiseTest : public ::testing::Test {
 protected:
  PromiseTest() {
    auto policy = BuiltinPolicy(
        "developer", {.home = kHome, .workspace = kWorkspace, .temporary = "/tmp/x", .runtime = "/run/user/1000"});
    EXPECT_TRUE(policy.ok()) << policy.status();
    rules_.emplace(std::vector<Policy>{*std::move(policy)});
  }
  std::optional<Ruleset> rules_;
};

TEST_F(PromiseTest, WhatWasAnsweredForLongerIsNotAskedAgain) {
  int asked = 0, kept = 0;
  for (const Operation& operation : Operations()) {
    const Decision decision = rules_->Decide(operation);
    if (decision.verdict != Verdict::kAsk) continue;
    ++asked;
    PromptRequest request{.id = "r1",
                          .operation = operation,
                          .decision = decision,
                          .ladder = LadderFor(operation, decision.risk, {kHome, kWorkspace}),
                          .lives = LivesFor(decision.risk)};
    request.digest = DigestOf(request);
    ASSERT_FALSE(request.ladder.empty()) << KindOf(operation) << " " << ObjectOf(operation);
    std::vector<Answer> answers;
    for (size_t step = 0; step < request.ladder.size(); ++step) {
      for (const GrantLife life : request.lives) {
        answers.push_back(
            {.request = "r1", .digest = request.digest, .choice = Choice::kAllow, .life = life, .scope = step});
      }
      answers.push_back({.request = "r1", .digest = request.digest, .choice = Choice::kDenySession, .scope = step});
    }
    for (const Answer& answer : answers) {
      const TemporaryDirectory directory;
      auto store = GrantStore::Open(directory.path(), kWorkspace);
      ASSERT_TRUE(store.ok());
      const auto judge = [&](const Operation& again) { return rules_->Decide(again, store->current()); };
      const KeptAnswer result = KeepAnswer(request, answer, *store, judge);
      const std::string what =
          std::string(KindOf(operation)) + " " + ObjectOf(operation) + " for " + ToString(request.ladder[answer.scope]);
      EXPECT_EQ(result.notice, "") << what;
      if (answer.choice == Choice::kAllow && answer.life == GrantLife::kOnce) {
        EXPECT_EQ(judge(operation).verdict, Verdict::kAsk) << what << ": once is once";
        continue;
      }
      ++kept;
      const Verdict promised = answer.choice == Choice::kAllow ? Verdict::kAllow : Verdict::kDeny;
      EXPECT_EQ(judge(operation).verdict, promised) << what;
      if (answer.life != GrantLife::kProject) continue;
      const auto reopened = GrantStore::Open(directory.path(), kWorkspace);
      ASSERT_TRUE(reopened.ok()) << reopened.status();
      EXPECT_EQ(rules_->Decide(operation, reopened->current()).verdict, promised) << what << ", read back";
    }
  }
  EXPECT_GT(asked, 40);
  EXPECT_GT(kept, 200);
}

}  // namespace
}  // namespace usher
