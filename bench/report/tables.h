// The tables of the page, once, to be written as HTML and as Markdown.

#ifndef USHER_BENCH_REPORT_TABLES_H_
#define USHER_BENCH_REPORT_TABLES_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/measure/result.h"

namespace usher::bench {

struct Table {
  std::string title, about;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

inline constexpr char kFailures[] = "Failures", kNotMeasured[] = "Not measured";

// The aims that are kept and missed, calls, scaling, places, work, parts, sizes, and what is not measured.
std::vector<Table> TablesOf(const Result& result);

// "AMD EPYC, 2 cores, Linux 6.18 …": on what, and how quiet it was.
std::vector<std::pair<std::string, std::string>> FactsOf(const Result& result);

const Measurement* Find(const Result& result, const std::string& key);

// The key of a call's measurement: threads that make it at once, and where the supervisor runs (free, same, other).
std::string CallKey(const std::string& name, std::string_view mechanism, int threads, std::string_view placement);

}  // namespace usher::bench

#endif  // USHER_BENCH_REPORT_TABLES_H_
