// On what was measured, and how quiet was it? Read from /proc and /sys; nothing here is guessed.

#ifndef USHER_BENCH_MEASURE_MACHINE_H_
#define USHER_BENCH_MEASURE_MACHINE_H_

#include "bench/measure/result.h"

namespace usher::bench {

// `remark` is the person's own word on the machine ("emulated"), or empty.
Json DescribeMachine(const std::string& remark);

// Load, stolen time, and how much a fixed piece of work varies: takes about 0.3 s.
Json MeasureNoise();

std::string UtcNow();

}  // namespace usher::bench

#endif  // USHER_BENCH_MEASURE_MACHINE_H_
