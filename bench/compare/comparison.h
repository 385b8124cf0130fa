// Did it get slower? Two results of the suite, measurement by measurement. Pure.
//
// What is compared are ratios (to native, or to a fixed piece of work), so a baseline of one machine says something about
// another. A regression has to be larger than a threshold, unlikely by chance (rank test, corrected for how many there are),
// and an effect that is seen in nearly every pair.

#ifndef USHER_BENCH_COMPARE_COMPARISON_H_
#define USHER_BENCH_COMPARE_COMPARISON_H_

#include <string>
#include <vector>

#include "bench/measure/result.h"

namespace usher::bench {

struct CompareOptions {
  double threshold = 0.25;   // of the ratio's median: 0.25 is 25 % slower
  double exact_threshold = 0.02;  // of what is counted and not timed: instructions, bytes, held calls
  double alpha = 0.01;       // after Holm's correction
  double effect = 0.8;       // Cliff's delta
  bool absolute = false;     // times instead of ratios: only for two runs on one quiet machine
};

enum class Change : uint8_t { kNone, kSlower, kFaster };

struct Compared {
  std::string key;
  std::string basis;       // "native", "yardstick", "absolute", "exact"
  double before = 0, after = 0;  // medians of what is compared
  double change = 0;       // after / before - 1
  double p = 1;            // corrected
  double effect = 0;
  Change verdict = Change::kNone;
};

struct Comparison {
  std::vector<Compared> rows;                    // the largest change for the worse first
  std::vector<std::string> gone, added;      // measurements that only one of them has
  std::vector<std::string> warnings;         // other machines, noise, failures
  int slower = 0, faster = 0;
};

Comparison Compare(const Result& before, const Result& after, const CompareOptions& options = {});

std::string ComparisonMarkdown(const Comparison& comparison, const CompareOptions& options);
Json ComparisonJson(const Comparison& comparison);

}  // namespace usher::bench

#endif  // USHER_BENCH_COMPARE_COMPARISON_H_
