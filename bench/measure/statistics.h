// What do the samples say? Quantiles, intervals by resampling, and a rank test. Pure; the same input gives the same output.

#ifndef USHER_BENCH_MEASURE_STATISTICS_H_
#define USHER_BENCH_MEASURE_STATISTICS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace usher::bench {

// Linear between the two neighbours (type 7 of Hyndman and Fan). `q` from 0 to 1; 0 for no samples.
double Quantile(std::vector<double> samples, double q);
double Median(std::span<const double> samples);

// A median and where it may lie: 95 % of the medians of resampled samples.
struct Interval {
  double low = 0, mid = 0, high = 0;
};
Interval BootstrapMedian(std::span<const double> samples, int resamples = 2000, uint64_t seed = 1);

// Element by element: what the pairs of an interleaved run say. Pairs with a denominator of 0 are left out.
std::vector<double> PairedRatios(std::span<const double> numerators, std::span<const double> denominators);

// Mann and Whitney's test of two samples that need not be normal. Exact without ties and while the smaller sample has at
// most 20; else the normal approximation, corrected for ties and continuity.
struct RankTest {
  double p = 1;       // two-sided: how often chance alone would separate them as much
  double effect = 0;  // Cliff's delta, -1 to 1: positive when values of `after` are larger
};
RankTest CompareRanks(std::span<const double> before, std::span<const double> after);

// Holm's correction: with many comparisons at once, one of them is always unlikely by chance.
std::vector<double> HolmAdjusted(std::span<const double> p_values);

}  // namespace usher::bench

#endif  // USHER_BENCH_MEASURE_STATISTICS_H_
