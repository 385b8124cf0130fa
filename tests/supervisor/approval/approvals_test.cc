#include "supervisor/approval/approvals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "supervisor/approval/binding.h"
#include "supervisor/approval/flood_gate.h"
#include "tests/supervisor/approval/fake_prompter.h"
#include "tests/supervisor/approval/temporary_directory.h"

namespace usher {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

FileOperation Read(std::string path) { return {.action = FileAction::kRead, .path = std::move(path)}; }
Subject Program(std::string exe) { return {.pid = 10, .exe = std::move(exe), .argv = {"prog"}}; }
Decision Ask(Risk risk = Risk::kOrdinary) { return {.verdict = Verdict::kAsk, .risk = risk, .rule = "no rule"}; }

class ApprovalsTest : public ::testing::Test {
 protected:
  ApprovalsTest() : store_(*GrantStore::Open(temporary_.path() + "/grants", "/home/me/shop")) {}

  void Make(Approvals::Limits limits = {}) {
    approvals_.emplace(
        loop_, store_, LadderContext{"/home/me", "/home/me/shop"},
        [this](const Operation& operation) { return Judged(operation); }, limits);
    approvals_->set_on_notice([this](const std::string& text) { notices_.push_back(text); });
  }
  FakePrompter& AddFake(std::string name = "fake") {
    auto fake = std::make_unique<FakePrompter>(std::move(name));
    FakePrompter& reference = *fake;
    approvals_->AddPrompter(std::move(fake));
    return reference;
  }
  // As the ruleset does: ask, unless a grant covers it; and whatever a test says by way of `forced_`.
  Decision Judged(const Operation& operation) {
    if (forced_) return *forced_;
    for (const Grant& grant : store_.current()) {
      if (grants_work_ && Covers(grant.scope, operation)) {
        return {
            .verdict = grant.allow ? Verdict::kAllow : Verdict::kDeny, .rule = "grant " + grant.id, .grant = grant.id};
      }
    }
    return Ask();
  }
  Approvals::Ticket Park(const std::string& name, const Operation& operation, Decision decision = Ask(),
                         const std::string& exe = "/usr/bin/cat") {
    return approvals_->Park(operation, Program(exe), decision, [this, name](const Resolution& resolution) {
      EXPECT_FALSE(done_.contains(name)) << "told twice: " << name;
      done_[name] = resolution;
    });
  }
  // Everything that is due, and nothing that waits for a clock.
  void Settle() {
    for (int i = 0; i < 8; ++i) loop_.RunOnce(milliseconds(0));
  }
  void RunUntil(const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!reached() && std::chrono::steady_clock::now() < end) loop_.RunOnce(milliseconds(20));
    ASSERT_TRUE(reached());
  }

  TemporaryDirectory temporary_;
  EventLoop loop_;
  GrantStore store_;
  std::optional<Decision> forced_;
  bool grants_work_ = true;
  std::map<std::string, Resolution> done_;
  std::vector<std::string> notices_;
  std::optional<Approvals> approvals_;
};

TEST_F(ApprovalsTest, NobodyThereIsADenyAtOnceButNotFromInsidePark) {
  Make();
  EXPECT_FALSE(approvals_->SomebodyThere());
  Park("a", Read("/x/a"));
  EXPECT_THAT(done_, IsEmpty());
  Settle();
  EXPECT_EQ(done_.at("a").how, Resolution::How::kNobodyThere);
  EXPECT_FALSE(done_.at("a").allow);
}

TEST_F(ApprovalsTest, OnceAllowsAndIsNotKept) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/a"));
  Settle();
  ASSERT_THAT(fake.shown, SizeIs(1));
  fake.Reply(Choice::kAllow);
  Settle();
  EXPECT_TRUE(done_.at("a").allow);
  EXPECT_EQ(done_.at("a").how, Resolution::How::kAnswered);
  EXPECT_EQ(done_.at("a").by, "fake");
  EXPECT_THAT(done_.at("a").grant, IsEmpty());
  EXPECT_THAT(store_.current(), IsEmpty());
  ASSERT_THAT(fake.resolved, SizeIs(1));
  EXPECT_TRUE(fake.resolved[0].allow);
  Park("again", Read("/x/a"));
  Settle();
  EXPECT_THAT(fake.shown, SizeIs(2));
}

TEST_F(ApprovalsTest, SessionAndProjectBecomeGrantsThatSettleTheSameRequest) {
  for (const GrantLife life : {GrantLife::kSession, GrantLife::kProject}) {
    Make();
    FakePrompter& fake = AddFake();
    const Operation operation = Read(life == GrantLife::kSession ? "/x/session" : "/x/project");
    const std::string name(ToString(life));
    Park(name, operation);
    Settle();
    fake.Reply(Choice::kAllow, life);
    Settle();
    EXPECT_TRUE(done_.at(name).allow);
    EXPECT_EQ(done_.at(name).life, life);
    EXPECT_EQ(Judged(operation).grant, done_.at(name).grant);
    EXPECT_EQ(Judged(operation).verdict, Verdict::kAllow);
    EXPECT_EQ(fake.resolved.at(0).grant, done_.at(name).grant);
  }
  EXPECT_THAT(notices_, IsEmpty());
}

TEST_F(ApprovalsTest, EqualRequestsShareOneQuestion) {
  Make();
  FakePrompter& fake = AddFake();
  for (int i = 0; i < 200; ++i) Park("n" + std::to_string(i), Read("/x/a"));
  Settle();
  EXPECT_THAT(fake.shown, SizeIs(1));
  EXPECT_EQ(fake.shown[0].held_calls, 200);
  EXPECT_EQ(fake.shown[0].waiting, 1);
  fake.Reply(Choice::kAllow);
  Settle();
  EXPECT_THAT(done_, SizeIs(200));
  for (const auto& [name, resolution] : done_) EXPECT_TRUE(resolution.allow) << name;
}

TEST_F(ApprovalsTest, AnotherProgramObjectKindOrRiskIsAnotherQuestion) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/a"));
  Park("object", Read("/x/b"));
  Park("program", Read("/x/a"), Ask(), "/usr/bin/dd");
  Park("kind", FileOperation{.action = FileAction::kWrite, .path = "/x/a"});
  Park("risk", Read("/x/a"), Ask(Risk::kSecret));
  Settle();
  ASSERT_THAT(fake.shown, SizeIs(1));
  EXPECT_EQ(fake.shown[0].waiting, 5);
}

TEST_F(ApprovalsTest, OneAtATimeTheOldestOfTheHighestRiskFirst) {
  Make();
  FakePrompter& fake = AddFake();
  Park("old", Read("/x/old"));
  Park("net", Read("/x/net"), Ask(Risk::kNetwork));
  Park("escape", Read("/x/escape"), Ask(Risk::kEscape));
  Park("escape2", Read("/x/escape2"), Ask(Risk::kEscape));
  std::vector<std::string> order;
  for (size_t i = 1; i <= 4; ++i) {
    Settle();
    ASSERT_THAT(fake.shown, SizeIs(i));
    order.push_back(ObjectOf(fake.shown.back().operation));
    fake.Reply(Choice::kDeny);
  }
  EXPECT_THAT(order, ElementsAre("/x/escape", "/x/escape2", "/x/net", "/x/old"));
}

TEST_F(ApprovalsTest, WhatIsOnTheScreenIsNotReplacedByARiskierOne) {
  Make();
  FakePrompter& fake = AddFake();
  Park("low", Read("/x/low"));
  Settle();
  Park("high", Read("/x/high"), Ask(Risk::kEscape));
  Settle();
  EXPECT_THAT(fake.shown, SizeIs(1));
  fake.Reply(Choice::kAllow);
  Settle();
  EXPECT_TRUE(done_.at("low").allow);
  EXPECT_FALSE(done_.contains("high"));
  EXPECT_THAT(fake.shown, SizeIs(2));
}

TEST_F(ApprovalsTest, AGrantSettlesEveryWaitingRequestItCovers) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/dir/a"));
  Park("b", Read("/x/dir/b"));
  Park("c", Read("/elsewhere/c"));
  Settle();
  const std::string first = fake.shown.back().id;
  fake.Reply(Choice::kAllow, GrantLife::kSession, 1);
  Settle();
  EXPECT_TRUE(done_.at("a").allow);
  EXPECT_TRUE(done_.at("b").allow);
  EXPECT_EQ(done_.at("b").grant, done_.at("a").grant);
  EXPECT_FALSE(done_.contains("c"));
  EXPECT_THAT(fake.resolved.at(0).also, SizeIs(1));
  EXPECT_NE(fake.resolved.at(0).also[0], first);
}

TEST_F(ApprovalsTest, AWidenedOnceTakesAlongWhatWaitsNow) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/dir/a"));
  Park("b", Read("/x/dir/b"));
  Park("secret", Read("/x/dir/secret"), Ask(Risk::kRunsLater));
  Settle();
  ASSERT_EQ(ObjectOf(fake.shown.back().operation), "/x/dir/secret");
  fake.Reply(Choice::kDeny);
  Settle();
  Park("secret2", Read("/x/dir/secret2"), Ask(Risk::kSecret));
  EXPECT_THAT(fake.shown.back().also_covers, ElementsAre(0, 1));
  fake.Reply(Choice::kAllow, GrantLife::kOnce, 1);
  Settle();
  EXPECT_TRUE(done_.at("a").allow);
  EXPECT_TRUE(done_.at("b").allow);
  EXPECT_FALSE(done_.contains("secret2"));
}

TEST_F(ApprovalsTest, ANarrowOnceTakesNothingAlong) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/a"));
  Park("b", Read("/x/a"), Ask(), "/usr/bin/dd");
  Settle();
  fake.Reply(Choice::kAllow, GrantLife::kOnce, 0);
  Settle();
  EXPECT_TRUE(done_.at("a").allow);
  EXPECT_FALSE(done_.contains("b"));
}

TEST_F(ApprovalsTest, DenySessionStopsTheAsking) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/a"));
  Park("same, other program", Read("/x/a"), Ask(), "/usr/bin/dd");
  Settle();
  fake.Reply(Choice::kDenySession);
  Settle();
  EXPECT_FALSE(done_.at("a").allow);
  EXPECT_FALSE(done_.at("same, other program").allow);
  ASSERT_THAT(store_.current(), SizeIs(1));
  EXPECT_FALSE(store_.current()[0].allow);
  EXPECT_EQ(store_.current()[0].life, GrantLife::kSession);
  EXPECT_EQ(Judged(Read("/x/a")).verdict, Verdict::kDeny);
}

TEST_F(ApprovalsTest, AnswersThatDoNotFitAreDenied) {
  struct {
    const char* what;
    std::function<void(Answer&)> spoil;
    bool allow;
  } const cases[] = {
      {"as offered", [](Answer&) {}, true},
      {"another digest", [](Answer& answer) { answer.digest = "sha256:00"; }, false},
      {"no digest", [](Answer& answer) { answer.digest.clear(); }, false},
      {"a scope beyond the ladder", [](Answer& answer) { answer.scope = 99; }, false},
      {"a life that was not offered", [](Answer& answer) { answer.life = GrantLife::kProject; }, false},
  };
  for (const auto& test : cases) {
    Make();
    done_.clear();
    FakePrompter& fake = AddFake();
    Park("a", Read("/x/hook"), Ask(Risk::kRunsLater));
    Settle();
    const PromptRequest& request = fake.shown.back();
    Answer answer{.request = request.id, .digest = request.digest, .choice = Choice::kAllow, .by = "fake"};
    test.spoil(answer);
    fake.Send(answer);
    Settle();
    EXPECT_EQ(done_.at("a").allow, test.allow) << test.what;
    EXPECT_EQ(done_.at("a").how, Resolution::How::kAnswered) << test.what;
    EXPECT_THAT(store_.current(), IsEmpty()) << test.what;
  }
}

TEST_F(ApprovalsTest, ASecondAnswerChangesNothing) {
  Make();
  FakePrompter& one = AddFake("one");
  FakePrompter& two = AddFake("two");
  Park("a", Read("/x/a"));
  Settle();
  one.Reply(Choice::kDeny);
  two.Reply(Choice::kAllow, GrantLife::kSession);
  Settle();
  EXPECT_FALSE(done_.at("a").allow);
  EXPECT_THAT(store_.current(), IsEmpty());
  EXPECT_THAT(one.withdrawn, IsEmpty());
  ASSERT_THAT(two.withdrawn, SizeIs(1));
  EXPECT_THAT(two.withdrawn[0].second, HasSubstr("one"));
}

TEST_F(ApprovalsTest, AGrantThatDoesNotSettleTheRequestIsSaidAndNotKept) {
  Make();
  FakePrompter& fake = AddFake();
  grants_work_ = false;
  Park("a", Read("/x/a"));
  Settle();
  fake.Reply(Choice::kAllow, GrantLife::kProject);
  Settle();
  EXPECT_TRUE(done_.at("a").allow) << "this once";
  EXPECT_EQ(done_.at("a").life, GrantLife::kOnce);
  EXPECT_THAT(done_.at("a").grant, IsEmpty());
  EXPECT_THAT(store_.current(), IsEmpty());
  ASSERT_THAT(notices_, SizeIs(1));
  EXPECT_THAT(notices_[0], HasSubstr("allowed this once only"));
  EXPECT_THAT(fake.notices, ElementsAre(notices_[0]));
}

TEST_F(ApprovalsTest, ANoticeThatStandsOnTheTerminalIsNotSaidAgain) {
  for (const bool shows : {false, true}) {
    Make();
    notices_.clear();
    FakePrompter& fake = AddFake();
    fake.shows_notices = shows;
    grants_work_ = false;
    Park(shows ? "shown" : "not shown", Read("/x/a"));
    Settle();
    fake.Reply(Choice::kAllow, GrantLife::kSession);
    Settle();
    EXPECT_THAT(fake.notices, SizeIs(1));
    EXPECT_THAT(notices_, SizeIs(shows ? 0 : 1));
  }
}

TEST_F(ApprovalsTest, ARuleThatCameMeanwhileOutweighsAYes) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/a"));
  Settle();
  forced_ = Decision{.verdict = Verdict::kHide, .rule = "hide \"/x\"", .source = "org:1:1"};
  fake.Reply(Choice::kAllow, GrantLife::kSession);
  Settle();
  EXPECT_FALSE(done_.at("a").allow);
  EXPECT_THAT(store_.current(), IsEmpty());
  ASSERT_THAT(notices_, SizeIs(1));
  EXPECT_THAT(notices_[0], HasSubstr("org:1:1"));
}

TEST_F(ApprovalsTest, ATimeoutDeniesOnceAndIsNotRemembered) {
  Make({.hold = milliseconds(30)});
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/a"));
  RunUntil([&] { return done_.contains("a"); });
  EXPECT_EQ(done_.at("a").how, Resolution::How::kTimedOut);
  EXPECT_FALSE(done_.at("a").allow);
  EXPECT_THAT(store_.current(), IsEmpty());
  EXPECT_THAT(fake.withdrawn, SizeIs(1));
  Park("again", Read("/x/a"));
  Settle();
  EXPECT_THAT(fake.shown, SizeIs(2));
}

TEST_F(ApprovalsTest, TimeStandsStillWhileSomebodyReads) {
  Make({.hold = milliseconds(20)});
  FakePrompter& fake = AddFake();
  fake.attended = true;
  Park("read", Read("/x/a"));
  Park("behind it", Read("/x/b"));
  const auto later = std::chrono::steady_clock::now() + milliseconds(120);
  while (std::chrono::steady_clock::now() < later) loop_.RunOnce(milliseconds(10));
  EXPECT_THAT(done_, IsEmpty());
  fake.attended = false;
  RunUntil([&] { return done_.size() == 2; });
  EXPECT_EQ(done_.at("read").how, Resolution::How::kTimedOut);
}

TEST_F(ApprovalsTest, TheLastWaiterTakesTheQuestionWithIt) {
  Make();
  FakePrompter& fake = AddFake();
  const auto first = Park("first", Read("/x/a"));
  const auto second = Park("second", Read("/x/a"));
  Park("next", Read("/x/b"));
  Settle();
  approvals_->Cancel(first);
  Settle();
  EXPECT_THAT(fake.withdrawn, IsEmpty());
  approvals_->Cancel(second);
  Settle();
  ASSERT_THAT(fake.withdrawn, SizeIs(1));
  EXPECT_EQ(fake.withdrawn[0].second, "gone: the process ended");
  EXPECT_EQ(ObjectOf(fake.shown.back().operation), "/x/b");
  EXPECT_THAT(done_, IsEmpty()) << "a cancelled ticket hears nothing";
}

TEST_F(ApprovalsTest, CancelBetweenAnswerAndDeliveryIsHeard) {
  Make();
  FakePrompter& fake = AddFake();
  const auto ticket = Park("a", Read("/x/a"));
  Settle();
  fake.Reply(Choice::kAllow);
  approvals_->Cancel(ticket);
  Settle();
  EXPECT_THAT(done_, IsEmpty());
}

TEST_F(ApprovalsTest, TheFloodIsDeniedAndSaidOnce) {
  Make({.max_waiting = 3});
  FakePrompter& fake = AddFake();
  for (int i = 0; i < 10; ++i) Park("n" + std::to_string(i), Read("/x/" + std::to_string(i)));
  Settle();
  EXPECT_EQ(fake.shown.back().waiting, 3);
  EXPECT_THAT(done_, SizeIs(7));
  for (const auto& [name, resolution] : done_) EXPECT_EQ(resolution.how, Resolution::How::kFlood);
  EXPECT_THAT(notices_, SizeIs(1));
  EXPECT_THAT(fake.notices, SizeIs(1));
  Park("equal to one that waits", Read("/x/0"));
  Settle();
  EXPECT_THAT(done_, SizeIs(7)) << "merging is no flood";
}

TEST(FloodGate, AdmitsSoManyAMinute) {
  FloodGate gate(1000, 3);
  const FloodGate::Clock::time_point start{};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(gate.Admit(start + std::chrono::seconds(i), 0));
  EXPECT_FALSE(gate.Admit(start + std::chrono::seconds(59), 0));
  EXPECT_TRUE(gate.SayIt());
  EXPECT_FALSE(gate.SayIt());
  EXPECT_TRUE(gate.Admit(start + std::chrono::seconds(60), 0));
  EXPECT_FALSE(gate.Admit(start + std::chrono::seconds(60), 0));
  EXPECT_TRUE(gate.SayIt()) << "a new stretch of refusals";
}

TEST_F(ApprovalsTest, ReconsiderResolvesWhatAnotherSessionGranted) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/a"));
  Park("b", Read("/x/b"));
  Settle();
  auto other = GrantStore::Open(temporary_.path() + "/grants", "/home/me/shop");
  ASSERT_TRUE(other->Add({.scope = FileScope{FileUse::kRead, "/x/a", false}, .life = GrantLife::kProject}).ok());
  ASSERT_TRUE(*store_.Reload());
  approvals_->Reconsider();
  Settle();
  EXPECT_TRUE(done_.at("a").allow);
  EXPECT_EQ(done_.at("a").life, GrantLife::kProject);
  EXPECT_FALSE(done_.contains("b"));
  EXPECT_THAT(fake.withdrawn, SizeIs(1));
  EXPECT_EQ(ObjectOf(fake.shown.back().operation), "/x/b");
}

TEST_F(ApprovalsTest, StopAgentEndsEveryQuestion) {
  Make();
  FakePrompter& fake = AddFake();
  Park("a", Read("/x/a"));
  Park("b", Read("/x/b"));
  Settle();
  fake.Reply(Choice::kStopAgent);
  Settle();
  for (const char* name : {"a", "b"}) {
    EXPECT_EQ(done_.at(name).how, Resolution::How::kStopAgent);
    EXPECT_FALSE(done_.at(name).allow);
  }
}

TEST_F(ApprovalsTest, WhenTheLastChannelDiesAllIsDeniedAndBeforeThatNothing) {
  Make();
  FakePrompter& one = AddFake("one");
  FakePrompter& two = AddFake("two");
  Park("a", Read("/x/a"));
  Settle();
  one.Die();
  Settle();
  EXPECT_THAT(done_, IsEmpty());
  EXPECT_TRUE(approvals_->SomebodyThere());
  two.Die();
  Settle();
  EXPECT_EQ(done_.at("a").how, Resolution::How::kNobodyThere);
  EXPECT_FALSE(approvals_->SomebodyThere());
}

TEST_F(ApprovalsTest, AChannelThatComesLateIsShownWhatStands) {
  Make();
  AddFake("one");
  Park("a", Read("/x/a"));
  Settle();
  FakePrompter& late = AddFake("late");
  ASSERT_THAT(late.shown, SizeIs(1));
  late.Reply(Choice::kAllow);
  Settle();
  EXPECT_TRUE(done_.at("a").allow);
}

TEST_F(ApprovalsTest, DoneMayParkAgain) {
  Make();
  FakePrompter& fake = AddFake();
  approvals_->Park(Read("/x/a"), Program("/p"), Ask(), [&](const Resolution&) { Park("second", Read("/x/b")); });
  Settle();
  fake.Reply(Choice::kDeny);
  Settle();
  EXPECT_EQ(ObjectOf(fake.shown.back().operation), "/x/b");
}

TEST_F(ApprovalsTest, WorkLeftInTheLoopOutlivesTheQueue) {
  Make({.hold = milliseconds(5)});
  AddFake();
  Park("a", Read("/x/a"));
  Park("a2", Read("/x/a"));
  approvals_.reset();
  const auto later = std::chrono::steady_clock::now() + milliseconds(30);
  while (std::chrono::steady_clock::now() < later) loop_.RunOnce(milliseconds(5));
  EXPECT_THAT(done_, IsEmpty());
}

TEST(Binding, LivesFollowTheRisk) {
  EXPECT_THAT(LivesFor(Risk::kOrdinary), ElementsAre(GrantLife::kOnce, GrantLife::kSession, GrantLife::kProject));
  EXPECT_THAT(LivesFor(Risk::kNetwork), ElementsAre(GrantLife::kOnce, GrantLife::kSession, GrantLife::kProject));
  EXPECT_THAT(LivesFor(Risk::kRunsLater), ElementsAre(GrantLife::kOnce, GrantLife::kSession));
  EXPECT_THAT(LivesFor(Risk::kEscape), ElementsAre(GrantLife::kOnce, GrantLife::kSession));
  EXPECT_THAT(LivesFor(Risk::kSecret), ElementsAre(GrantLife::kOnce));
}

TEST(Binding, TheDigestCoversAllThatTheAnswerIsAbout) {
  const PromptRequest base{.id = "r1",
                           .operation = FileOperation{.action = FileAction::kRead, .path = "/x/a", .asked = "a"},
                           .subject = {.exe = "/bin/cat", .argv = {"cat", "a"}},
                           .ladder = {FileScope{FileUse::kRead, "/x/a", false}},
                           .lives = {GrantLife::kOnce}};
  EXPECT_EQ(DigestOf(base), DigestOf(base));
  EXPECT_THAT(DigestOf(base), ::testing::MatchesRegex("sha256:[0-9a-f]+"));
  std::vector<std::function<void(PromptRequest&)>> changes = {
      [](PromptRequest& r) { std::get<FileOperation>(r.operation).path = "/x/b"; },
      [](PromptRequest& r) { std::get<FileOperation>(r.operation).asked = "./a"; },
      [](PromptRequest& r) { std::get<FileOperation>(r.operation).action = FileAction::kWrite; },
      [](PromptRequest& r) { r.subject.exe = "/bin/dog"; },
      [](PromptRequest& r) { r.subject.argv = {"cat a"}; },
      [](PromptRequest& r) {
        r.subject.argv = {"cat", "a", ""};
      },
      [](PromptRequest& r) {
        r.ladder.push_back(FileScope{FileUse::kRead, "/x", true});
      },
      [](PromptRequest& r) { r.lives.push_back(GrantLife::kSession); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    PromptRequest other = base;
    changes[i](other);
    EXPECT_NE(DigestOf(other), DigestOf(base)) << i;
  }
}

}  // namespace
}  // namespace usher
