// How long is Usher in the way before the first line runs, and with what?

#ifndef USHER_BENCH_PARTS_START_H_
#define USHER_BENCH_PARTS_START_H_

#include "bench/suite.h"

namespace usher::bench {

void AddStartTasks(const Effort& effort, std::vector<Task>& tasks);

}  // namespace usher::bench

#endif  // USHER_BENCH_PARTS_START_H_
