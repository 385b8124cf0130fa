// Real work, as shell scripts: what is made ready once, what is put in order before each round, and what is timed.

#ifndef USHER_BENCH_WORK_WORKLOAD_H_
#define USHER_BENCH_WORK_WORKLOAD_H_

#include <span>
#include <string_view>

namespace usher::bench {

// Scripts run by sh in a directory of the workload's own, with standard tools only. Nothing leaves the machine.
struct Workload {
  std::string_view name;
  std::string_view needs;    // programs, separated by spaces, that the host has to have
  std::string_view once;     // natively
  std::string_view before;   // natively, before each round
  std::string_view timed;    // the command
  std::string_view files{};  // [files] of the policy that its user has: what would otherwise be asked
  double seconds = 0.5;      // about how long natively
  bool quick = false;        // part of a quick run
};

std::span<const Workload> Workloads();

}  // namespace usher::bench

#endif  // USHER_BENCH_WORK_WORKLOAD_H_
