// One run of a command: how long, how it ended, and what it left in Usher's records.

#ifndef USHER_BENCH_WORK_PROCESS_RUN_H_
#define USHER_BENCH_WORK_PROCESS_RUN_H_

#include <string>
#include <vector>

namespace usher::bench {

struct ProcessRun {
  double wall_ms = 0;
  int exit_code = -1;   // 128 + signal where one ended it; -1: it could not be started, or took too long
  std::string output;   // the last few hundred bytes of both streams
};

// In `directory`, with /dev/null as input, a session of its own, and at most `patience_s`.
ProcessRun RunProcess(const std::vector<std::string>& argv, const std::string& directory, int patience_s = 120);

}  // namespace usher::bench

#endif  // USHER_BENCH_WORK_PROCESS_RUN_H_
