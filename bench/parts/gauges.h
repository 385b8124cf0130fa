// What does Usher take besides time? Memory of the supervisor, and bytes of the log.

#ifndef USHER_BENCH_PARTS_GAUGES_H_
#define USHER_BENCH_PARTS_GAUGES_H_

#include "bench/suite.h"

namespace usher::bench {

void AddGaugeTasks(const Effort& effort, std::vector<Task>& tasks);

// What --repeat does: a part over and over, for who counts instructions from outside. Exit code.
int RepeatPart(const std::string& name, int times);

}  // namespace usher::bench

#endif  // USHER_BENCH_PARTS_GAUGES_H_
