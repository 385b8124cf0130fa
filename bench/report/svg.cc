#include "bench/report/svg.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

constexpr double kWidth = 720;

std::string Text(double x, double y, const std::string& text, const char* anchor = "start", const char* extra = "") {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>\n", x, y, anchor, extra, EscapeXml(text));
}

std::string Rectangle(double x, double y, double width, double height, int colour) {
  return absl::StrFormat("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" fill=\"%s\"/>\n", x, y, width, height,
                         Colour(colour));
}

std::string Rule(double x1, double y1, double x2, double y2, const char* kind) {
  return absl::StrFormat("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2, y2, kind);
}

std::string Picture(const std::string& title, double height, const std::string& body) {
  return Concat(absl::StrFormat("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", kWidth, height), EscapeXml(title), "\">\n",
                Text(0, 16, title, "start", "class=\"title\""), body, "</svg>\n");
}

// From values to places along an axis, with the values where it has marks.
struct Scale {
  bool logarithmic;
  double low, high, from, to;

  double At(double value) const {
    if (!logarithmic) return from + (to - from) * (value - low) / (high - low);
    return from + (to - from) * (std::log10(std::max(value, low)) - std::log10(low)) / (std::log10(high) - std::log10(low));
  }
  std::vector<double> Marks() const {
    std::vector<double> marks;
    if (logarithmic) {
      for (double mark = low; mark <= high * 1.001; mark *= 10) marks.push_back(mark);
    } else {
      for (int i = 0; i <= 4; ++i) marks.push_back(low + (high - low) * i / 4);
    }
    return marks;
  }
};

Scale MakeScale(bool logarithmic, double low, double high, double from, double to) {
  if (!logarithmic) return {false, 0, high > 0 ? std::ceil(high / 20) * 20 : 1, from, to};
  const double first = std::pow(10, std::floor(std::log10(std::max(low, 1e-9))));
  const double last = std::pow(10, std::ceil(std::log10(std::max(high, first * 1.01))));
  return {true, first, last > first ? last : first * 10, from, to};
}

std::string ShortNumber(double value) {
  if (value >= 1e9) return absl::StrFormat("%gG", value / 1e9);
  if (value >= 1e6) return absl::StrFormat("%gM", value / 1e6);
  if (value >= 1e3) return absl::StrFormat("%gk", value / 1e3);
  return absl::StrFormat("%g", value);
}

}  // namespace

const char* Colour(int index) {
  // Told apart also by who sees fewer colours (after Okabe and Ito).
  static constexpr const char* kColours[] = {"#777777", "#56b4e9", "#009e73", "#e69f00", "#cc79a7",
                                             "#0072b2", "#d55e00", "#b8a200", "#8b6f47", "#4b3f72"};
  return kColours[static_cast<size_t>(index) % (sizeof(kColours) / sizeof(kColours[0]))];
}

std::string EscapeXml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string BarChart(const std::string& title, const std::vector<Bar>& bars) {
  constexpr double kLeft = 170, kRight = 560, kRow = 24;
  double low = 1e300, high = 0;
  for (const Bar& bar : bars) {
    if (bar.value.mid > 0) low = std::min(low, bar.value.mid);
    high = std::max({high, bar.value.high, bar.value.mid});
  }
  if (high <= 0) return "";
  const Scale scale = MakeScale(true, low / 1.5, high, kLeft, kRight);
  const double bottom = 30 + kRow * static_cast<double>(bars.size());
  std::string body;
  for (const double mark : scale.Marks()) {
    body += Rule(scale.At(mark), 26, scale.At(mark), bottom, "grid");
    body += Text(scale.At(mark), bottom + 14, ShortNumber(mark), "middle", "class=\"axis\"");
  }
  for (size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const double y = 28 + kRow * static_cast<double>(i);
    body += Text(kLeft - 8, y + 15, bar.label, "end");
    body += Rectangle(kLeft, y + 3, std::max(1.0, scale.At(bar.value.mid) - kLeft), kRow - 8, bar.colour);
    body += Rule(scale.At(bar.value.low), y + kRow / 2 - 1, scale.At(bar.value.high), y + kRow / 2 - 1, "whisker");
    body += Text(scale.At(bar.value.high) + 6, y + 15, bar.text);
  }
  return Picture(title, bottom + 22, body);
}

std::string LineChart(const std::string& title, const Axes& axes, const std::vector<Line>& lines) {
  constexpr double kLeft = 60, kRight = 520, kTop = 30, kBottom = 270;
  double x_low = 1e300, x_high = 0, y_low = 1e300, y_high = 0;
  for (const Line& line : lines) {
    for (const auto& [x, y] : line.points) {
      x_low = std::min(x_low, x);
      x_high = std::max(x_high, x);
      if (y > 0) y_low = std::min(y_low, y);
      y_high = std::max(y_high, y);
    }
  }
  if (y_high <= 0) return "";
  const Scale across = MakeScale(axes.x_logarithmic, x_low, x_high, kLeft, kRight);
  const Scale up = MakeScale(axes.y_logarithmic, y_low, y_high, kBottom, kTop);
  std::string body;
  for (const double mark : up.Marks()) {
    body += Rule(kLeft, up.At(mark), kRight, up.At(mark), "grid");
    body += Text(kLeft - 6, up.At(mark) + 4, ShortNumber(mark), "end", "class=\"axis\"");
  }
  for (const double mark : across.Marks()) {
    body += Rule(across.At(mark), kTop, across.At(mark), kBottom, "grid");
    body += Text(across.At(mark), kBottom + 14, ShortNumber(mark), "middle", "class=\"axis\"");
  }
  body += Text((kLeft + kRight) / 2, kBottom + 30, axes.x, "middle", "class=\"axis\"");
  body += Text(kLeft, kTop - 4, axes.y, "start", "class=\"axis\"");
  double label_y = kTop + 10;
  for (const Line& line : lines) {
    std::string points;
    for (const auto& [x, y] : line.points) AppendTo(points, absl::StrFormat("%.1f,%.1f ", across.At(x), up.At(y)));
    body += absl::StrFormat("<polyline points=\"%s\" stroke=\"%s\" class=\"line\"/>\n", points, Colour(line.colour));
    if (line.points.size() <= 12) {
      for (const auto& [x, y] : line.points) {
        body += absl::StrFormat("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", across.At(x), up.At(y), Colour(line.colour));
      }
    }
    body += Rectangle(kRight + 14, label_y - 9, 12, 10, line.colour);
    body += Text(kRight + 32, label_y, line.label);
    label_y += 18;
  }
  return Picture(title, 310, body);
}

std::string Flame(const std::string& title, const Step& whole, const std::vector<Step>& steps) {
  double total = 0;
  for (const Step& step : steps) total += step.width;
  if (total <= 0) return "";
  std::string body = Rectangle(0, 28, kWidth, 24, 0);
  body += Text(6, 45, Concat(whole.label, "  ", whole.text), "start", "class=\"on\"");
  double x = 0, label_y = 104;
  for (size_t i = 0; i < steps.size(); ++i) {
    const double width = kWidth * steps[i].width / total;
    body += Rectangle(x, 54, std::max(1.0, width - 1), 28, static_cast<int>(i) + 1);
    body += Rectangle(0, label_y - 10, 12, 10, static_cast<int>(i) + 1);
    body += Text(18, label_y, Concat(steps[i].label, "  ", steps[i].text));
    x += width;
    label_y += 18;
  }
  return Picture(title, label_y, body);
}

}  // namespace usher::bench
