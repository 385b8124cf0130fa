// A result as tables: plain text for a terminal, and Markdown.

#ifndef USHER_BENCH_REPORT_TEXT_TABLE_H_
#define USHER_BENCH_REPORT_TEXT_TABLE_H_

#include <string>

#include "bench/measure/result.h"

namespace usher::bench {

std::string TextTable(const Result& result);

// "12.3 µs", "1.20 ms", "3.1 MB": three digits in the unit that fits.
std::string InUnit(double value, const std::string& unit);
// "1.23 [1.20–1.31]".
std::string WithInterval(const Interval& interval);

}  // namespace usher::bench

#endif  // USHER_BENCH_REPORT_TEXT_TABLE_H_
