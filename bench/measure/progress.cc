#include "bench/measure/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace usher::bench {

Progress::Progress(double total, bool line_wise)
    : total_(std::max(total, 0.001)), terminal_(isatty(STDERR_FILENO) == 1), line_wise_(line_wise) {}

Progress::~Progress() {
  if (terminal_ && !line_wise_) std::fprintf(stderr, "\r\033[K");
}

std::string Progress::TimeLeft() const {
  const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  // The estimates say how the tasks compare; what has been done says how fast this machine is.
  const double pace = begun_ > 3 ? passed / begun_ : 1;
  const int left = static_cast<int>((total_ - begun_) * pace);
  char text[32];
  std::snprintf(text, sizeof(text), "%d:%02d left", left / 60, left % 60);
  return text;
}

void Progress::Begin(const std::string& task, double estimate) {
  begun_ += current_;
  current_ = estimate;
  if (line_wise_) {
    std::fprintf(stderr, "%3.0f %%  %s  %s\n", 100 * begun_ / total_, TimeLeft().c_str(), task.c_str());
  } else if (terminal_) {
    constexpr int kWidth = 30;
    const int full = static_cast<int>(kWidth * std::min(1.0, begun_ / total_));
    std::fprintf(stderr, "\r\033[K[%.*s%*s] %s  %.60s", full, "##############################", kWidth - full, "",
                 TimeLeft().c_str(), task.c_str());
    std::fflush(stderr);
  }
}

void Progress::Complain(const std::string& what) {
  std::fprintf(stderr, "%s%s\n", terminal_ && !line_wise_ ? "\r\033[K" : "", what.c_str());
}

}  // namespace usher::bench
