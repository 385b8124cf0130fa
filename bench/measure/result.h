// What is a run of the suite, as data? The JSON form is the one that `compare` and `report` read; docs/benchmarks.md
// describes it.

#ifndef USHER_BENCH_MEASURE_RESULT_H_
#define USHER_BENCH_MEASURE_RESULT_H_

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/measure/statistics.h"

namespace usher::bench {

using Json = nlohmann::ordered_json;

inline constexpr int kResultFormat = 1;  // goes up when an old reader would misunderstand

// The remark on a machine whose time is not real: its times mean nothing, ratios within it something.
inline constexpr char kEmulated[] = "emulated";

// Rounds of an interleaved run divided by what stood beside them in the same round.
struct Ratio {
  std::vector<double> rounds;
  Interval value;
};

struct Measurement {
  std::string group;      // "call", "work", "held", "part", "start", "size", "instructions"
  std::string name;       // a row of the table, a workload, a part
  std::string mechanism;  // "native", "usher", …; empty where there is only one way
  int threads = 1;
  std::string placement;  // "free", or where the supervisor stands: "same", "other"; empty where nothing is held
  std::string unit;       // "ns", "ms", "bytes", "instructions", "calls"; always less is better

  std::vector<double> rounds;  // one value a round; of calls: see kOf
  std::string of;              // what a round's value is: "median latency", "time per call", "wall time", …
  Interval value;              // median of the rounds

  // Of single calls, over all rounds; 0 where no single call is timed.
  double p50 = 0, p90 = 0, p99 = 0;
  std::vector<double> quantiles;  // 0 %, 1 %, … 100 %: for the plot of the distribution
  double per_second = 0;
  uint64_t calls = 0;

  // By name of the reference: "native", "minimal" (the smallest loop that does the mechanism's work), "yardstick".
  std::map<std::string, Ratio> ratios;
  std::string minimal;  // which mechanism "minimal" is
  std::string witness;  // how it is known that the mechanism was really used

  // "call/openat/usher/8/free": names the same measurement in another run.
  std::string Key() const;
};

struct Note {
  std::string name, text;
};

struct Result {
  Json machine, usher, settings;
  Json noise_before, noise_after;
  std::string started, ended;  // UTC, ISO 8601
  std::vector<Measurement> measurements;
  std::vector<Note> not_measured;  // what is left out, and why
  std::vector<Note> failures;      // a mechanism that was not really used, a call that failed, …
};

// Fills `value` from `rounds`.
void Summarize(Measurement& measurement);
// Pairs the rounds of two measurements of one interleaved run.
void AddRatio(Measurement& measurement, const std::string& reference, std::span<const double> reference_rounds);

Json ToJson(const Result& result);
// InvalidArgument says what is missing.
absl::StatusOr<Result> FromJson(const Json& json);

absl::StatusOr<Result> ReadResult(const std::string& path);
absl::Status WriteText(const std::string& path, const std::string& text);

// Says on standard error what `program` could not do; its exit code.
int Complain(std::string_view program, const absl::Status& status);

}  // namespace usher::bench

#endif  // USHER_BENCH_MEASURE_RESULT_H_
