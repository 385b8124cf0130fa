#include "bench/compare/comparison.h"

#include <gtest/gtest.h>

#include <random>

namespace usher::bench {
namespace {

// A result with `count` measurements of Usher, each `slowness` times its usual ratio, with noise of a tenth.
Result MadeUp(uint64_t seed, double slowness, int count = 5, double machine = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(1, 0.1);
  Result result;
  result.machine = {{"cpu", "made up"}, {"kernel", "none"}};
  result.usher = Json::object();
  result.settings = Json::object();
  result.noise_before = result.noise_after = {{"spin_p99_to_p25", 1.1}};
  for (int i = 0; i < count; ++i) {
    Measurement native, usher;
    native.group = usher.group = "call";
    native.name = usher.name = "call" + std::to_string(i);
    native.mechanism = "native";
    usher.mechanism = "usher";
    native.unit = usher.unit = "ns";
    native.placement = usher.placement = "free";
    for (int round = 0; round < 15; ++round) {
      native.rounds.push_back(machine * 1000 * noise(random));
      usher.rounds.push_back(machine * 5000 * noise(random) * (i == 0 ? slowness : 1));
    }
    Summarize(native);
    Summarize(usher);
    AddRatio(usher, "native", native.rounds);
    AddRatio(native, "native", native.rounds);
    result.measurements.push_back(native);
    result.measurements.push_back(usher);
  }
  return result;
}

TEST(ComparisonTest, ARegressionIsFoundAndNamed) {
  const Comparison comparison = Compare(MadeUp(1, 1), MadeUp(2, 1.5));
  ASSERT_EQ(comparison.slower, 1);
  EXPECT_EQ(comparison.rows[0].key, "call/call0/usher/1/free");
  EXPECT_EQ(comparison.rows[0].verdict, Change::kSlower);
  EXPECT_NEAR(comparison.rows[0].change, 0.5, 0.2);
}

TEST(ComparisonTest, AnImprovementIsNoRegression) {
  const Comparison comparison = Compare(MadeUp(1, 1.5), MadeUp(2, 1));
  EXPECT_EQ(comparison.slower, 0);
  EXPECT_EQ(comparison.faster, 1);
}

// Held calls are counted: three more of a hundred are a regression without a test of chances, one more is not.
TEST(ComparisonTest, MoreHeldCallsAreARegression) {
  const auto with = [](std::vector<double> calls) {
    Result result = MadeUp(1, 1, 0);
    Measurement held;
    held.group = "held";
    held.name = "git status";
    held.mechanism = "usher";
    held.unit = "calls";
    held.rounds = std::move(calls);
    Summarize(held);
    result.measurements = {held};
    return result;
  };
  EXPECT_EQ(Compare(with({100, 100, 101}), with({103, 103, 102})).slower, 1);
  EXPECT_EQ(Compare(with({100, 100, 101}), with({101, 100, 101})).slower, 0);
  EXPECT_EQ(Compare(with({100, 120, 101}), with({104, 99, 118})).slower, 0)
      << "a count that varies by itself says nothing";
}

TEST(ComparisonTest, TwoOfOneKindAreTheSame) {
  int alarms = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) alarms += Compare(MadeUp(seed, 1, 20), MadeUp(seed + 1000, 1, 20)).slower;
  EXPECT_EQ(alarms, 0);
}

TEST(ComparisonTest, AFasterMachineIsNoImprovement) {
  const Comparison comparison = Compare(MadeUp(1, 1, 5, 3), MadeUp(2, 1, 5, 1));
  EXPECT_EQ(comparison.faster, 0);
  EXPECT_EQ(comparison.slower, 0);
  const Comparison absolute = Compare(MadeUp(1, 1, 5, 1), MadeUp(2, 1, 5, 3), {.absolute = true});
  EXPECT_EQ(absolute.slower, 5);
}

TEST(ComparisonTest, ATinyButCertainChangeIsNoRegression) {
  EXPECT_EQ(Compare(MadeUp(1, 1), MadeUp(1, 1.05)).slower, 0);
  EXPECT_EQ(Compare(MadeUp(1, 1), MadeUp(1, 1.05), {.threshold = 0.01, .effect = 0}).slower, 0)
      << "5 % is within the noise";
}

TEST(ComparisonTest, WhatIsCountedIsComparedExactly) {
  const auto counted = [](double instructions) {
    Result result = MadeUp(1, 1, 1);
    Measurement m;
    m.group = "instructions";
    m.name = "decide";
    m.unit = "instructions";
    m.rounds = {instructions};
    Summarize(m);
    result.measurements.push_back(m);
    return result;
  };
  EXPECT_EQ(Compare(counted(1000), counted(1010)).slower, 0);
  EXPECT_EQ(Compare(counted(1000), counted(1030)).slower, 1);
}

TEST(ComparisonTest, PeersAreNotOurs) {
  Result before = MadeUp(1, 1), after = MadeUp(2, 2);
  for (Result* result : {&before, &after}) {
    for (Measurement& m : result->measurements) m.mechanism = m.mechanism == "usher" ? "firejail" : m.mechanism;
  }
  EXPECT_EQ(Compare(before, after).slower, 0);
}

TEST(ComparisonTest, WhatIsMissingIsSaid) {
  const Comparison comparison = Compare(MadeUp(1, 1, 3), MadeUp(2, 1, 2));
  EXPECT_EQ(comparison.gone, (std::vector<std::string>{"call/call2/usher/1/free"}));
  EXPECT_TRUE(comparison.added.empty());
}

TEST(ComparisonTest, OtherMachinesAndNoiseAreWarnedOf) {
  Result noisy = MadeUp(2, 1);
  noisy.machine["cpu"] = "another";
  noisy.noise_after["spin_p99_to_p25"] = 4.0;
  EXPECT_EQ(Compare(MadeUp(1, 1), MadeUp(2, 1)).warnings.size(), 0u);
  EXPECT_EQ(Compare(MadeUp(1, 1), noisy).warnings.size(), 2u);
}

TEST(ComparisonTest, TextAndJsonSayTheSame) {
  const Comparison comparison = Compare(MadeUp(1, 1), MadeUp(2, 1.5));
  const std::string text = ComparisonMarkdown(comparison, {});
  EXPECT_NE(text.find("**1 of 5 got slower**"), text.npos) << text;
  EXPECT_NE(text.find("call/call0/usher/1/free"), text.npos);
  EXPECT_EQ(ComparisonJson(comparison)["slower"], 1);
  EXPECT_EQ(ComparisonJson(comparison)["rows"].size(), 5u);
}

TEST(ResultTest, SurvivesItsJson) {
  Result result = MadeUp(1, 1);
  result.failures.push_back({"a", "b"});
  result.not_measured.push_back({"ptrace", "because"});
  const auto again = FromJson(Json::parse(ToJson(result).dump()));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ToJson(*again), ToJson(result));
  EXPECT_EQ(Compare(result, *again).slower, 0);
}

TEST(ResultTest, WhatIsNoResultIsRefused) {
  EXPECT_FALSE(FromJson(Json::object()).ok());
  Json other = ToJson(MadeUp(1, 1));
  other["format"] = kResultFormat + 1;
  EXPECT_FALSE(FromJson(other).ok());
}

}  // namespace
}  // namespace usher::bench
