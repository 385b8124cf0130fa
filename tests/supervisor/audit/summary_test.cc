#include "supervisor/audit/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Happening {
  Operation operation;
  Decision decision{.verdict = Verdict::kAllow, .rule = "rule"};
  bool done = true;
  int error = 0;
  std::string answer = "";
  std::string exe = "/usr/bin/node";
};

void Add(Summary& summary, const Happening& h) {
  const Subject subject{.pid = 1, .exe = h.exe};
  summary.Add({.syscall = "x",
               .operation = &h.operation,
               .decision = &h.decision,
               .subject = &subject,
               .error = h.error,
               .done = h.done,
               .answer = h.answer,
               .life = h.answer.empty() ? "" : "session",
               .answered_by = "terminal",
               .open = std::chrono::milliseconds(500)});
}

Operation File(FileAction action, std::string path) { return FileOperation{.action = action, .path = std::move(path)}; }

Operation Connect(std::string host, bool inside = false) {
  return NetOperation{
      .address = IpAddress::V4({192, 0, 2, 1}), .port = 443, .names = {std::move(host)}, .made_inside = inside};
}

TEST(SummaryTest, WhatIsWrittenToASinkIsWrittenNowhere) {
  Summary summary{Redactor()};
  for (const char* sink : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx"}) {
    Add(summary, {File(FileAction::kWrite, sink)});
  }
  EXPECT_EQ(summary.written_total(), 0u);
  EXPECT_EQ(summary.reads(), 0u);
  Add(summary, {File(FileAction::kMetadata, "/dev/null")});
  Add(summary, {File(FileAction::kWrite, "/dev/shm/x")});
  Add(summary, {File(FileAction::kWrite, "/w/dev/null")});
  EXPECT_THAT(summary.written(), ElementsAre("/dev/null", "/dev/shm/x", "/w/dev/null"));
}

TEST(SummaryTest, SortsFilesByWhatWasDone) {
  Summary summary{Redactor()};
  Add(summary, {File(FileAction::kRead, "/w/read")});
  summary.CountRead();
  Add(summary, {File(FileAction::kWrite, "/w/a")});
  Add(summary, {File(FileAction::kWrite, "/w/a")});
  Add(summary, {File(FileAction::kCreate, "/w/b")});
  Add(summary, {File(FileAction::kMetadata, "/w/c")});
  Add(summary, {File(FileAction::kRemove, "/w/d")});
  Add(summary, {File(FileAction::kWrite, "/w/failed"), {.verdict = Verdict::kAllow}, true, ENOSPC});
  EXPECT_EQ(summary.reads(), 2u);
  EXPECT_THAT(summary.written(), ElementsAre("/w/a", "/w/b", "/w/c"));
  EXPECT_EQ(summary.written_total(), 3u);
  EXPECT_THAT(summary.removed(), ElementsAre("/w/d"));
  EXPECT_THAT(summary.denied(), IsEmpty());
}

TEST(SummaryTest, NamesWhatRunsLater) {
  const Decision later{.verdict = Verdict::kAllow, .risk = Risk::kRunsLater, .rule = "r"};
  Summary summary{Redactor()};
  Add(summary, {File(FileAction::kWrite, "/w/.git/hooks/a"), later});
  Add(summary, {File(FileAction::kMetadata, "/w/.git/hooks/b"), later});
  Add(summary, {File(FileAction::kRemove, "/w/.git/hooks/c"), later});
  Add(summary, {File(FileAction::kRead, "/w/.git/hooks/d"), later});
  Add(summary, {File(FileAction::kWrite, "/w/.git/hooks/e"),
                {.verdict = Verdict::kAsk, .risk = Risk::kRunsLater},
                false,
                EACCES,
                "deny"});
  EXPECT_THAT(summary.run_later(), ElementsAre("/w/.git/hooks/a", "/w/.git/hooks/b"));
}

TEST(SummaryTest, CountsProgramsAndHidesTheirSecrets) {
  Summary summary{Redactor()};
  for (int i = 0; i < 3; ++i) {
    Add(summary, {ExecOperation{.path = "/usr/bin/curl", .argv = {"curl", "--token", absl::StrCat("t", i), "h"}}});
  }
  EXPECT_EQ(summary.execs(), 3u);
  EXPECT_EQ(summary.programs().at("/usr/bin/curl").runs, 3u);
  EXPECT_EQ(summary.programs().at("/usr/bin/curl").example, "curl --token [redacted] h");
}

TEST(SummaryTest, CountsPlacesOutsideOnly) {
  Summary summary{Redactor()};
  Add(summary, {Connect("a.example")});
  Add(summary, {Connect("a.example"), {.verdict = Verdict::kAllow, .rule = "later"}, true, 0, "", "/usr/bin/git"});
  Add(summary, {Connect("own.example", /*inside=*/true)});
  Add(summary, {NetOperation{.action = NetAction::kBind, .address = IpAddress::V4({127, 0, 0, 1}), .port = 3000}});
  Add(summary, {NetOperation{.action = NetAction::kBind, .address = IpAddress::V4({127, 0, 0, 1}), .port = 0}});
  Add(summary, {UnixSocketOperation{.name = "/run/x.sock"}});
  Add(summary, {UnixSocketOperation{.name = "/w/own.sock", .made_inside = true}});
  ASSERT_EQ(summary.hosts().size(), 1u);
  const auto& [name, host] = *summary.hosts().begin();
  EXPECT_EQ(name, ObjectOf(Connect("a.example")));
  EXPECT_EQ(host.connects, 2u);
  EXPECT_EQ(host.rule, "rule");
  EXPECT_THAT(host.by, ElementsAre("git", "node"));
  EXPECT_EQ(summary.listens().size(), 1u);
  ASSERT_EQ(summary.sockets().size(), 1u);
  EXPECT_EQ(summary.sockets().begin()->first, "/run/x.sock");
}

TEST(SummaryTest, TellsRefusalsFromFailures) {
  Summary summary{Redactor()};
  const Decision deny{.verdict = Verdict::kDeny, .rule = "deny"};
  const Decision hide{.verdict = Verdict::kHide, .risk = Risk::kSecret, .rule = "hide"};
  const Decision ask{.verdict = Verdict::kAsk, .rule = "ask"};
  Add(summary, {File(FileAction::kWrite, "/etc/a"), deny, false, EACCES});
  Add(summary, {File(FileAction::kWrite, "/etc/a"), deny, false, EACCES});
  Add(summary, {File(FileAction::kRead, "/home/me/.ssh/id"), hide, false, ENOENT});
  Add(summary, {Connect("b.example"), ask, false, ECONNREFUSED, "nobody"});
  // Allowed, and then the deed failed: no refusal.
  Add(summary, {Connect("c.example"), {.verdict = Verdict::kAllow}, false, ENETUNREACH});
  Add(summary, {Connect("d.example"), ask, false, ENETUNREACH, "allow"});
  EXPECT_EQ(summary.denied_total(), 3u);
  EXPECT_EQ(summary.denied_calls(), 4u);
  std::vector<std::string> seen;
  for (const auto& [key, denied] : summary.denied()) {
    seen.push_back(absl::StrCat(denied.object, " ", denied.count, " ", denied.by));
  }
  EXPECT_THAT(seen, ::testing::UnorderedElementsAre("/etc/a 2 node", "/home/me/.ssh/id 1 node",
                                                    absl::StrCat(ObjectOf(Connect("b.example")), " 1 node")));
  EXPECT_THAT(summary.hosts(), IsEmpty());
}

TEST(SummaryTest, OneAnswerForManyCallsIsOneEntry) {
  Summary summary{Redactor()};
  const Decision ask{.verdict = Verdict::kAsk, .risk = Risk::kNetwork, .rule = "ask"};
  for (int i = 0; i < 200; ++i) Add(summary, {Connect("a.example"), ask, true, 0, "allow"});
  Add(summary, {Connect("b.example"), ask, false, EACCES, "timeout"});
  ASSERT_EQ(summary.asked().size(), 2u);
  EXPECT_EQ(summary.asked()[0].answer, "allow");
  EXPECT_EQ(summary.asked()[0].count, 200u);
  EXPECT_EQ(summary.asked()[0].open_ms, 500);
  EXPECT_EQ(summary.asked()[1].answer, "timeout");
  EXPECT_EQ(summary.asked_total(), 2u);
  EXPECT_EQ(summary.asked_calls(), 201u);
}

TEST(SummaryTest, NamesWhatWasRiskyAndDone) {
  Summary summary{Redactor()};
  const Decision net{.verdict = Verdict::kAsk, .risk = Risk::kNetwork, .rule = "ask"};
  Add(summary, {Connect("hand.example"), net, true, 0, "allow"});
  Add(summary, {Connect("rule.example"), {.verdict = Verdict::kAllow, .risk = Risk::kNetwork}});
  Add(summary, {Connect("no.example"), net, false, EACCES, "deny"});
  Add(summary, {File(FileAction::kRead, "/home/me/.netrc"), {.verdict = Verdict::kAllow, .risk = Risk::kSecret}});
  Add(summary, {UnixSocketOperation{.name = "/run/docker.sock"}, {.verdict = Verdict::kAllow, .risk = Risk::kEscape}});
  std::vector<std::string> seen;
  for (const auto& [key, risky] : summary.risky()) {
    seen.push_back(absl::StrCat(risky.object, risky.by_hand ? " by hand" : ""));
  }
  EXPECT_THAT(seen, ::testing::UnorderedElementsAre(absl::StrCat(ObjectOf(Connect("hand.example")), " by hand"),
                                                    "/home/me/.netrc", "/run/docker.sock"));
}

TEST(SummaryTest, StaysSmallAndHonestWhenFlooded) {
  Summary summary{Redactor()};
  const int many = static_cast<int>(kMaxKept) + 500;
  for (int i = 0; i < many; ++i) {
    const std::string name = absl::StrCat("/w/", i);
    for (int twice = 0; twice < 2; ++twice) Add(summary, {File(FileAction::kCreate, name)});
    Add(summary, {File(FileAction::kRead, name), {.verdict = Verdict::kDeny, .rule = "deny"}, false, EACCES});
    Add(summary, {ExecOperation{.path = name, .argv = {std::string(5000, 'x')}}});
    Add(summary, {Connect(absl::StrCat("h", i, ".example")),
                  {.verdict = Verdict::kAsk, .risk = Risk::kNetwork},
                  true,
                  0,
                  "allow",
                  absl::StrCat("/bin/p", i)});
  }
  const auto total = static_cast<uint64_t>(many);
  EXPECT_EQ(summary.written().size(), kMaxKept);
  EXPECT_EQ(summary.written_total(), total);
  EXPECT_EQ(summary.denied().size(), kMaxKept);
  EXPECT_EQ(summary.denied_total(), total);
  EXPECT_EQ(summary.denied_calls(), total);
  EXPECT_EQ(summary.programs().size(), kMaxKept);
  EXPECT_EQ(summary.programs_total(), total);
  EXPECT_LT(summary.programs().begin()->second.example.size(), 500u);
  EXPECT_EQ(summary.hosts_total(), total);
  EXPECT_EQ(summary.asked().size(), kMaxKept);
  EXPECT_EQ(summary.asked_total(), total);
  EXPECT_EQ(summary.risky_total(), total);
  EXPECT_TRUE(summary.totals_exact());

  // One place that everybody goes to names a few of them.
  for (int i = 0; i < 100; ++i) {
    Add(summary, {Connect("h1.example"), {.verdict = Verdict::kAllow}, true, 0, "", absl::StrCat("/bin/q", i)});
  }
  EXPECT_LE(summary.hosts().at(ObjectOf(Connect("h1.example"))).by.size(), 16u);
}

TEST(DistinctCountTest, SaysWhenItStopsCounting) {
  DistinctCount count;
  for (size_t i = 0; i < kMaxCounted; ++i) count.Add(absl::StrCat(i));
  EXPECT_EQ(count.total(), kMaxCounted);
  EXPECT_TRUE(count.exact());
  count.Add("0");
  EXPECT_TRUE(count.exact());
  count.Add("one more");
  EXPECT_FALSE(count.exact());
  EXPECT_EQ(count.total(), kMaxCounted);
}

}  // namespace
}  // namespace usher
