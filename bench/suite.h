// The suite as a list of tasks, chosen by the person, run one after the other.

#ifndef USHER_BENCH_SUITE_H_
#define USHER_BENCH_SUITE_H_

#include <functional>
#include <string>
#include <vector>

#include "bench/measure/result.h"
#include "bench/measure/world.h"

namespace usher::bench {

struct Effort {
  bool quick = false;
  int restarts = 3;  // measured processes are started anew as often: what one start happens to get is not all there is
  int rounds = 7;    // a restart
  double batch_ms = 4;                  // a batch of calls
  std::vector<std::string> mechanisms;  // of the calls; empty: all
  std::vector<int> threads = {1, 2, 8, 64};
  int work_rounds = 9;
};

struct Task {
  std::string name;  // as --list shows it and --filter looks at it
  double seconds;    // about how long it takes, for the progress bar
  std::function<void(const World&, Result&)> run;
};

// Each in a file of its own: what one kind of measurement consists of.
void AddCallTasks(const Effort& effort, std::vector<Task>& tasks, std::vector<Note>& not_measured);
void AddWorkTasks(const Effort& effort, std::vector<Task>& tasks, std::vector<Note>& not_measured);
void AddPartTasks(const Effort& effort, std::vector<Task>& tasks, std::vector<Note>& not_measured);

}  // namespace usher::bench

#endif  // USHER_BENCH_SUITE_H_
