// What did the design set itself to reach, does a run reach it, and where not, what does the rest go into?

#ifndef USHER_BENCH_REPORT_AIMS_H_
#define USHER_BENCH_REPORT_AIMS_H_

#include "bench/measure/result.h"
#include "bench/report/tables.h"

namespace usher::bench {

// Those that the run measured something for.
Table AimTable(const Result& result);

}  // namespace usher::bench

#endif  // USHER_BENCH_REPORT_AIMS_H_
