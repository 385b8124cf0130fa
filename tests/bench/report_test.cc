#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "bench/report/aims.h"
#include "bench/report/emulated.h"
#include "bench/report/page.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Measurement Call(const std::string& name, const std::string& mechanism, double ns) {
  Measurement m;
  m.group = "call";
  m.name = name;
  m.mechanism = mechanism;
  m.placement = "free";
  m.unit = "ns";
  m.rounds = {ns, ns, ns};
  Summarize(m);
  return m;
}

// openat takes 1,000 ns natively, 20 times that brokered, 30 times in Usher; getppid stays in the kernel.
Result Measured(const std::string& remark) {
  Result result;
  result.machine = {{"architecture", "aarch64"}, {"kernel", "Linux 6.12.0"}, {"cores", 2}};
  if (!remark.empty()) result.machine["remark"] = remark;
  result.usher = {{"commit", "abc"}};
  result.settings = {{"build", "Release"}, {"restarts", 2}, {"rounds", 5}};
  result.noise_before = result.noise_after = Json::object();
  const Measurement native = Call("openat", "native", 1000), broker = Call("openat", "notify brokered", 20000);
  Measurement usher = Call("openat", "usher", 30000), slow = broker;
  AddRatio(slow, "native", native.rounds);
  AddRatio(usher, "native", native.rounds);
  AddRatio(usher, "minimal", broker.rounds);
  usher.minimal = "notify brokered";
  Measurement stays = Call("getppid", "usher", 110);
  const Measurement bare = Call("getppid", "native", 100);
  AddRatio(stays, "native", bare.rounds);
  result.measurements = {native, slow, usher, bare, stays};
  return result;
}

TEST(AimTest, WhatIsMissedSaysWhatItGoesInto) {
  const Table missed = AimTable(Measured(""));
  ASSERT_EQ(missed.rows.size(), 1u) << "the others were not measured";
  EXPECT_THAT(missed.rows[0], ElementsAre("brokered openat / smallest loop", "1.30", "1.50 [1.50–1.50]", "missed",
                                          HasSubstr("opens twice")));
  Result quick = Measured("");
  for (Measurement& m : quick.measurements) {
    if (m.mechanism != "usher" || m.name != "openat") continue;
    m.ratios.clear();
    AddRatio(m, "minimal", std::vector<double>{25000, 25000, 25000});
  }
  const Table met = AimTable(quick);
  ASSERT_EQ(met.rows.size(), 1u);
  EXPECT_THAT(met.rows[0], ElementsAre(_, "1.30", "1.20 [1.20–1.20]", "met", ""));
}

TEST(EmulatedTest, RatiosAndNoTimes) {
  const auto tables = EmulatedTables(Measured(kEmulated));
  ASSERT_TRUE(tables.ok()) << tables.status();
  ASSERT_EQ(tables->size(), 1u);
  const Table& table = tables->front();
  EXPECT_EQ(table.title, "arm64, emulated");
  EXPECT_THAT(table.about, HasSubstr("Linux 6.12.0"));
  EXPECT_THAT(table.head, ElementsAre("call", "notify brokered", "usher", "usher / smallest loop"));
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.rows[0], ElementsAre("openat", "20.0", "30.0 [30.0–30.0]", "1.50 [1.50–1.50] (notify brokered)"));
  EXPECT_THAT(table.rows[1], ElementsAre("getppid", "", "1.10 [1.10–1.10]", "stays in the kernel"));
  for (const auto& row : table.rows) {
    for (const std::string& cell : row) EXPECT_THAT(cell, Not(::testing::ContainsRegex("[0-9] (ns|µs|ms)")));
  }
}

TEST(EmulatedTest, WhatDoesNotSayThatItIsEmulatedIsNotTakenForIt) {
  EXPECT_FALSE(EmulatedTables(Measured("")).ok());
  EXPECT_FALSE(EmulatedTables(Measured("laptop on battery")).ok());
}

TEST(EmulatedTest, FailuresAreTold) {
  Result result = Measured(kEmulated);
  result.failures.push_back({"call/kill/1/free/usher", "the measured process hangs"});
  const auto tables = EmulatedTables(result);
  ASSERT_TRUE(tables.ok());
  ASSERT_EQ(tables->size(), 2u);
  EXPECT_THAT(tables->back().rows[0], ElementsAre("call/kill/1/free/usher", "the measured process hangs"));
}

TEST(PageTest, OtherMachinesStandBeforeWhatIsMissing) {
  Result result = Measured("");
  result.not_measured.push_back({"ptrace", "needs a tracee"});
  const auto emulated = EmulatedTables(Measured(kEmulated));
  ASSERT_TRUE(emulated.ok());
  const std::string page = MarkdownPage(result, "# Benchmarks\n", *emulated);
  const size_t calls = page.find("## One call, one thread"), arm = page.find("## arm64, emulated"),
               missing = page.find("## Not measured");
  ASSERT_NE(missing, std::string::npos);
  EXPECT_LT(calls, arm);
  EXPECT_LT(arm, missing);
  EXPECT_THAT(MarkdownPage(result, "# Benchmarks\n"), Not(HasSubstr("emulated")));
}

TEST(PageTest, HeldCallsHaveATable) {
  Result result = Measured("");
  Measurement held;
  held.group = "held";
  held.name = "git status";
  held.mechanism = "usher, gate";
  held.unit = "calls";
  held.rounds = {51, 50, 51};
  Summarize(held);
  result.measurements.push_back(held);
  const std::string page = MarkdownPage(result, "");
  EXPECT_THAT(page, HasSubstr("| work | usher, gate |"));
  EXPECT_THAT(page, HasSubstr("| git status | 51 |"));
}

}  // namespace
}  // namespace usher::bench
