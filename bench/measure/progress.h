// One line on a terminal: how far, what now, how much longer. Silent where nobody looks.

#ifndef USHER_BENCH_MEASURE_PROGRESS_H_
#define USHER_BENCH_MEASURE_PROGRESS_H_

#include <chrono>
#include <string>

namespace usher::bench {

class Progress {
 public:
  // `total` is the sum of the estimates of all tasks, in seconds. `line_wise` prints a line a task instead, for logs.
  Progress(double total, bool line_wise);
  ~Progress();

  void Begin(const std::string& task, double estimate);
  void Complain(const std::string& what);  // a line that stays

 private:
  std::string TimeLeft() const;

  const double total_;
  double begun_ = 0;  // estimates of the tasks before the current one
  double current_ = 0;
  const bool terminal_, line_wise_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace usher::bench

#endif  // USHER_BENCH_MEASURE_PROGRESS_H_
