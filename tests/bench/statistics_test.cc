#include "bench/measure/statistics.h"

#include <gtest/gtest.h>

#include <random>

namespace usher::bench {
namespace {

TEST(StatisticsTest, QuantilesAreBetweenTheirNeighbours) {
  const struct {
    std::vector<double> samples;
    double q, want;
  } cases[] = {
      {{}, 0.5, 0},        {{7}, 0.99, 7},        {{1, 2}, 0.5, 1.5},          {{3, 1, 2}, 0.5, 2},
      {{4, 1, 3, 2}, 0, 1}, {{4, 1, 3, 2}, 1, 4}, {{0, 10, 20, 30}, 0.25, 7.5}, {{5, 5, 5}, 0.9, 5},
  };
  for (const auto& c : cases) EXPECT_DOUBLE_EQ(Quantile(c.samples, c.q), c.want) << c.samples.size() << " " << c.q;
}

TEST(StatisticsTest, AnIntervalHoldsItsMedianAndIsRepeatable) {
  const std::vector<double> samples = {9, 10, 10, 11, 11, 12, 12, 13, 40};
  const Interval interval = BootstrapMedian(samples);
  EXPECT_DOUBLE_EQ(interval.mid, 11);
  EXPECT_LE(interval.low, 11);
  EXPECT_GE(interval.high, 11);
  EXPECT_GE(interval.low, 9);
  EXPECT_LT(interval.high, 40) << "one outlier must not carry the median";
  EXPECT_DOUBLE_EQ(interval.high, BootstrapMedian(samples).high);
}

// The promise of 95 %, kept within what 300 trials can tell.
TEST(StatisticsTest, IntervalsCoverTheTruth) {
  std::mt19937_64 random(42);
  std::normal_distribution<double> normal(100, 10);
  int covered = 0;
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<double> samples(21);
    for (double& sample : samples) sample = normal(random);
    const Interval interval = BootstrapMedian(samples, 400, static_cast<uint64_t>(trial));
    covered += interval.low <= 100 && 100 <= interval.high ? 1 : 0;
  }
  EXPECT_GT(covered, 270);
  EXPECT_LT(covered, 300) << "an interval that is never wrong says nothing";
}

// Values by hand: all 20 ways to choose 3 of 6 are equally likely.
TEST(StatisticsTest, RankTestIsExactWhereItCanBe) {
  const std::vector<double> low = {1, 2, 3}, high = {4, 5, 6}, mixed = {1.5, 3.5, 4.5};
  EXPECT_NEAR(CompareRanks(low, high).p, 2.0 / 20, 1e-12);
  EXPECT_DOUBLE_EQ(CompareRanks(low, high).effect, 1);
  EXPECT_DOUBLE_EQ(CompareRanks(high, low).effect, -1);
  EXPECT_NEAR(CompareRanks(high, low).p, 2.0 / 20, 1e-12);
  // U of `mixed` over `low` is 1 + 3 + 3 = 7 of 9; of 20 ways, 4 have a U of 2 or less.
  EXPECT_NEAR(CompareRanks(low, mixed).p, 2.0 * 4 / 20, 1e-12);
  EXPECT_NEAR(CompareRanks(low, mixed).effect, 2 * 7.0 / 9 - 1, 1e-12);
}

TEST(StatisticsTest, TiesDoNotPretendToBeDifferences) {
  const std::vector<double> same = {5, 5, 5, 5};
  EXPECT_DOUBLE_EQ(CompareRanks(same, same).p, 1);
  EXPECT_DOUBLE_EQ(CompareRanks(same, same).effect, 0);
  EXPECT_DOUBLE_EQ(CompareRanks({}, same).p, 1);
}

// Both ways to compute it agree where both are possible: a tie far away from everything else switches to the second.
TEST(StatisticsTest, ApproximationAgreesWithTheExactTest) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal(0, 1);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> before(18), after(18);
    for (double& value : before) value = normal(random);
    for (double& value : after) value = normal(random) + 0.02 * trial;
    before.push_back(1000);
    after.push_back(1001);
    const double exact = CompareRanks(before, after).p;
    after.back() = 1000;
    EXPECT_NEAR(CompareRanks(before, after).p, exact, 0.03) << trial;
  }
}

// Under no difference, p below 0.05 comes in about 5 of 100.
TEST(StatisticsTest, RankTestKeepsItsLevel) {
  std::mt19937_64 random(7);
  std::exponential_distribution<double> skewed(1);
  int alarms = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    std::vector<double> before(12), after(12);
    for (double& value : before) value = skewed(random);
    for (double& value : after) value = skewed(random);
    alarms += CompareRanks(before, after).p < 0.05 ? 1 : 0;
  }
  EXPECT_GT(alarms, 20);
  EXPECT_LT(alarms, 75);
}

TEST(StatisticsTest, HolmStepsDown) {
  const std::vector<double> adjusted = HolmAdjusted(std::vector<double>{0.01, 0.04, 0.03, 0.9});
  EXPECT_DOUBLE_EQ(adjusted[0], 0.04);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.09);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.09) << "never below the one before";
  EXPECT_DOUBLE_EQ(adjusted[3], 0.9);
}

TEST(StatisticsTest, PairsWithoutAReferenceAreLeftOut) {
  EXPECT_EQ(PairedRatios(std::vector<double>{2, 3, 4}, std::vector<double>{1, 0}), (std::vector<double>{2}));
}

}  // namespace
}  // namespace usher::bench
