// Plots as SVG text, drawn by hand: bars with intervals, lines on logarithmic axes, and a flame of steps. Pure.

#ifndef USHER_BENCH_REPORT_SVG_H_
#define USHER_BENCH_REPORT_SVG_H_

#include <string>
#include <vector>

#include "bench/measure/statistics.h"

namespace usher::bench {

struct Bar {
  std::string label;
  Interval value;
  std::string text;  // beside the bar
  int colour = 0;    // an index, the same for the same thing everywhere
};
// Horizontal bars on a logarithmic axis.
std::string BarChart(const std::string& title, const std::vector<Bar>& bars);

struct Line {
  std::string label;
  std::vector<std::pair<double, double>> points;  // x and y, both above 0 unless the axis is linear
  int colour = 0;
};
struct Axes {
  std::string x, y;
  bool x_logarithmic = true, y_logarithmic = true;
};
std::string LineChart(const std::string& title, const Axes& axes, const std::vector<Line>& lines);

struct Step {
  std::string label;
  double width = 0;
  std::string text;
};
// Steps side by side, as wide as they are long, below the whole.
std::string Flame(const std::string& title, const Step& whole, const std::vector<Step>& steps);

std::string EscapeXml(const std::string& text);
const char* Colour(int index);

}  // namespace usher::bench

#endif  // USHER_BENCH_REPORT_SVG_H_
