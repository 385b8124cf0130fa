// The chapter of a machine that was emulated: what carries over from one are ratios between mechanisms, and no time.

#ifndef USHER_BENCH_REPORT_EMULATED_H_
#define USHER_BENCH_REPORT_EMULATED_H_

#include <vector>

#include "absl/status/statusor.h"
#include "bench/report/tables.h"

namespace usher::bench {

// A table of the calls, each mechanism's ratio to native and Usher's to the smallest loop, and one of what failed, if
// any. FailedPrecondition if the result does not say of itself that it is emulated.
absl::StatusOr<std::vector<Table>> EmulatedTables(const Result& result);

}  // namespace usher::bench

#endif  // USHER_BENCH_REPORT_EMULATED_H_
