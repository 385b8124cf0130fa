#include "bench/measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace usher::bench {
namespace {

// Of values that are sorted already.
double SortedQuantile(std::span<const double> sorted, double q) {
  if (sorted.empty()) return 0;
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

struct Ranked {
  double u = 0;          // pairs in which `after` is larger, ties as a half
  double tie_term = 0;   // sum of t^3 - t over groups of equal values
};

Ranked RankSum(std::span<const double> before, std::span<const double> after) {
  struct Value {
    double value;
    bool is_after;
  };
  std::vector<Value> all;
  for (const double value : before) all.push_back({value, false});
  for (const double value : after) all.push_back({value, true});
  std::sort(all.begin(), all.end(), [](const Value& a, const Value& b) { return a.value < b.value; });
  Ranked ranked;
  double rank_sum = 0;
  for (size_t i = 0; i < all.size();) {
    size_t end = i;
    while (end < all.size() && all[end].value == all[i].value) ++end;
    const double rank = (static_cast<double>(i + 1) + static_cast<double>(end)) / 2;
    for (size_t k = i; k < end; ++k) rank_sum += all[k].is_after ? rank : 0;
    const auto tied = static_cast<double>(end - i);
    ranked.tie_term += tied * tied * tied - tied;
    i = end;
  }
  const auto n = static_cast<double>(after.size());
  ranked.u = rank_sum - n * (n + 1) / 2;
  return ranked;
}

// How often U is at most `u` when both samples come from one source: the number of ways, by dynamic programming.
double ExactLowerTail(size_t n, size_t m, double u) {
  const size_t most = n * m;
  // ways[k][s]: subsets of k of the ranks so far whose U is s.
  std::vector<std::vector<double>> ways(n + 1, std::vector<double>(most + 1, 0));
  ways[0][0] = 1;
  for (size_t rank = 1; rank <= n + m; ++rank) {
    for (size_t k = std::min(rank, n); k >= 1; --k) {
      const size_t step = rank - k;  // what the k-th smallest adds at this rank
      if (step > m) continue;
      for (size_t s = most; s + 1 > step; --s) ways[k][s] += ways[k - 1][s - step];
    }
  }
  const double all = std::accumulate(ways[n].begin(), ways[n].end(), 0.0);
  double tail = 0;
  for (size_t s = 0; s <= most && static_cast<double>(s) <= u; ++s) tail += ways[n][s];
  return tail / all;
}

double NormalTwoSided(const Ranked& ranked, double n, double m) {
  const double total = n + m;
  const double variance = n * m / 12 * (total + 1 - ranked.tie_term / (total * (total - 1)));
  if (variance <= 0) return 1;
  const double distance = std::max(0.0, std::abs(ranked.u - n * m / 2) - 0.5);
  return std::erfc(distance / std::sqrt(variance) / std::sqrt(2.0));
}

}  // namespace

double Quantile(std::vector<double> samples, double q) {
  std::sort(samples.begin(), samples.end());
  return SortedQuantile(samples, q);
}

double Median(std::span<const double> samples) { return Quantile({samples.begin(), samples.end()}, 0.5); }

Interval BootstrapMedian(std::span<const double> samples, int resamples, uint64_t seed) {
  if (samples.empty()) return {};
  std::mt19937_64 random(seed);
  std::vector<double> medians, drawn(samples.size());
  for (int i = 0; i < resamples; ++i) {
    for (double& value : drawn) value = samples[random() % samples.size()];
    medians.push_back(Median(drawn));
  }
  std::sort(medians.begin(), medians.end());
  return {SortedQuantile(medians, 0.025), Median(samples), SortedQuantile(medians, 0.975)};
}

std::vector<double> PairedRatios(std::span<const double> numerators, std::span<const double> denominators) {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(numerators.size(), denominators.size()); ++i) {
    if (denominators[i] != 0) ratios.push_back(numerators[i] / denominators[i]);
  }
  return ratios;
}

RankTest CompareRanks(std::span<const double> before, std::span<const double> after) {
  if (before.empty() || after.empty()) return {};
  const Ranked ranked = RankSum(before, after);
  const auto n = static_cast<double>(after.size()), m = static_cast<double>(before.size());
  RankTest test;
  test.effect = 2 * ranked.u / (n * m) - 1;
  if (ranked.tie_term == 0 && std::min(before.size(), after.size()) <= 20) {
    const double smaller = std::min(ranked.u, n * m - ranked.u);
    test.p = std::min(1.0, 2 * ExactLowerTail(after.size(), before.size(), smaller));
  } else {
    test.p = std::min(1.0, NormalTwoSided(ranked, n, m));
  }
  return test;
}

std::vector<double> HolmAdjusted(std::span<const double> p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, std::min(1.0, p_values[order[i]] * static_cast<double>(order.size() - i)));
    adjusted[order[i]] = largest;
  }
  return adjusted;
}

}  // namespace usher::bench
