#include "bench/report/text_table.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

std::string ThreeDigits(double value) {
  const double size = std::abs(value);
  return absl::StrFormat("%.*f", size >= 100 ? 0 : size >= 10 ? 1 : 2, value);
}

std::string RatioTo(const Measurement& m, const std::string& reference) {
  const auto found = m.ratios.find(reference);
  return found == m.ratios.end() ? "" : WithInterval(found->second.value);
}

}  // namespace

std::string InUnit(double value, const std::string& unit) {
  if (unit == "ns" || unit == "ms") {
    const double ns = unit == "ms" ? value * 1e6 : value;
    if (ns >= 1e9) return ThreeDigits(ns / 1e9) + " s";
    if (ns >= 1e6) return ThreeDigits(ns / 1e6) + " ms";
    if (ns >= 1e3) return ThreeDigits(ns / 1e3) + " µs";
    return ThreeDigits(ns) + " ns";
  }
  if (unit == "bytes" && value >= 1e6) return ThreeDigits(value / 1e6) + " MB";
  if (unit == "bytes" && value >= 1e3) return ThreeDigits(value / 1e3) + " kB";
  return Concat(ThreeDigits(value), " ", unit);
}

std::string WithInterval(const Interval& interval) {
  return Concat(ThreeDigits(interval.mid), " [", ThreeDigits(interval.low), "–", ThreeDigits(interval.high), "]");
}

std::string TextTable(const Result& result) {
  std::string text;
  for (const Measurement& m : result.measurements) {
    const std::string yardstick = RatioTo(m, "native");
    absl::StrAppendFormat(&text, "%-46s %10s", m.Key(), InUnit(m.value.mid, m.unit));
    if (m.p99 != 0) absl::StrAppendFormat(&text, "  p90 %s  p99 %s", InUnit(m.p90, m.unit), InUnit(m.p99, m.unit));
    if (!yardstick.empty() && m.mechanism != "native") absl::StrAppendFormat(&text, "  x native %s", yardstick);
    if (m.ratios.contains("minimal")) absl::StrAppendFormat(&text, "  x %s %s", m.minimal, RatioTo(m, "minimal"));
    text += "\n";
  }
  return text;
}

}  // namespace usher::bench
