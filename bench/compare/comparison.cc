#include "bench/compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "policies/text.h"

namespace usher::bench {
namespace {

// What of a measurement is compared: rounds of a ratio, or a count.
struct Basis {
  std::string name;
  std::vector<double> rounds;
};

bool IsCounted(const Measurement& m) { return m.unit == "instructions" || m.unit == "bytes" || m.unit == "calls"; }

Basis BasisOf(const Measurement& m, bool absolute) {
  if (IsCounted(m)) return {"exact", m.rounds};
  if (absolute) return {"absolute", m.rounds};
  if (m.mechanism == "native") return {};  // its ratio is 1 by definition
  for (const char* reference : {"native", "yardstick"}) {
    const auto found = m.ratios.find(reference);
    if (found != m.ratios.end()) return {reference, found->second.rounds};
  }
  return {};
}

// Only what is Usher's can get worse by a change of Usher.
bool IsUshers(const Measurement& m) { return m.mechanism.empty() || m.mechanism.starts_with("usher"); }

void Judge(Compared& row, const CompareOptions& options) {
  const double threshold = row.basis == "exact" ? options.exact_threshold : options.threshold;
  const bool sure = row.basis == "exact" || row.p < options.alpha;
  if (!sure || std::abs(row.effect) < options.effect) return;
  if (row.change > threshold) row.verdict = Change::kSlower;
  if (row.change < -threshold / (1 + threshold)) row.verdict = Change::kFaster;
}

void Warn(const Result& before, const Result& after, Comparison& comparison) {
  const auto differs = [&](const char* what, const Json& a, const Json& b) {
    if (a == b) return;
    comparison.warnings.push_back(
        Concat(what, " differ: ", a.dump(), " and ", b.dump(), "; only large changes mean something"));
  };
  differs("processors", before.machine.value("cpu", Json()), after.machine.value("cpu", Json()));
  differs("kernels", before.machine.value("kernel", Json()), after.machine.value("kernel", Json()));
  differs("builds", before.settings.value("build", Json()), after.settings.value("build", Json()));
  for (const auto& [name, result] : {std::pair("the first", &before), std::pair("the second", &after)}) {
    for (const Json* noise : {&result->noise_before, &result->noise_after}) {
      const double spread = noise->value("spin_p99_to_p25", 1.0);
      if (spread > 2) {
        comparison.warnings.push_back(Concat("noise: during ", name, " run fixed work took up to ",
                                             std::round(spread * 10) / 10, " times as long as usual"));
        break;
      }
    }
    if (!result->failures.empty()) {
      comparison.warnings.push_back(Concat(name, " run had ", result->failures.size(), " failures"));
    }
  }
}

}  // namespace

Comparison Compare(const Result& before, const Result& after, const CompareOptions& options) {
  Comparison comparison;
  Warn(before, after, comparison);
  std::map<std::string, const Measurement*> old;
  for (const Measurement& m : before.measurements) old[m.Key()] = &m;
  for (const Measurement& m : after.measurements) {
    if (!IsUshers(m)) continue;
    const auto found = old.find(m.Key());
    if (found == old.end()) {
      comparison.added.push_back(m.Key());
      continue;
    }
    const Basis was = BasisOf(*found->second, options.absolute), is = BasisOf(m, options.absolute);
    found->second = nullptr;
    if (was.rounds.empty() || is.rounds.empty() || was.name != is.name) continue;
    Compared row;
    row.key = m.Key();
    row.basis = is.name;
    row.before = Median(was.rounds);
    row.after = Median(is.rounds);
    if (row.before <= 0) continue;
    row.change = row.after / row.before - 1;
    const RankTest test = CompareRanks(was.rounds, is.rounds);
    row.p = test.p;
    row.effect = test.effect;
    comparison.rows.push_back(std::move(row));
  }
  for (const auto& [key, m] : old) {
    if (m != nullptr && IsUshers(*m)) comparison.gone.push_back(key);
  }
  std::vector<double> chances;
  for (const Compared& row : comparison.rows) chances.push_back(row.p);
  const std::vector<double> adjusted = HolmAdjusted(chances);
  for (size_t i = 0; i < comparison.rows.size(); ++i) {
    Compared& row = comparison.rows[i];
    row.p = adjusted[i];
    Judge(row, options);
    comparison.slower += row.verdict == Change::kSlower ? 1 : 0;
    comparison.faster += row.verdict == Change::kFaster ? 1 : 0;
  }
  std::stable_sort(comparison.rows.begin(), comparison.rows.end(),
                   [](const Compared& a, const Compared& b) { return a.change > b.change; });
  return comparison;
}

}  // namespace usher::bench
