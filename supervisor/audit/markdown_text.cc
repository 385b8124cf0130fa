#include "supervisor/audit/markdown_text.h"

#include <cstdio>

#include "absl/strings/str_format.h"
#include "policies/escape.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr std::string_view kMarkdownMeaning = "\\`*_[]<>|&~$#";

std::string Span(std::string_view escaped) {
  if (escaped.empty()) return "(empty)";
  std::string out = "`";
  for (const char c : escaped) {
    if (c == '`') {
      out += "\\u{60}";
    } else if (c == '|') {
      out += "\\u{7c}";
    } else {
      out += c;
    }
  }
  out += '`';
  return out;
}

// The part of `path` below `directory`, or nothing. The root has no below worth abbreviating.
std::string_view Below(std::string_view path, std::string_view directory) {
  if (directory.size() < 2 || path.size() <= directory.size() + 1 || !path.starts_with(directory) ||
      path[directory.size()] != '/') {
    return {};
  }
  return path.substr(directory.size() + 1);
}

}  // namespace

std::string MarkdownCode(std::string_view raw) { return Span(Escape(raw)); }

std::string MarkdownCodeCut(std::string_view raw, int columns) { return Span(EscapeToWidth(raw, columns)); }

std::string MarkdownPlain(std::string_view raw) {
  std::string out;
  for (const char c : Escape(raw)) {
    if (kMarkdownMeaning.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string MarkdownList(const std::vector<std::string>& items, uint64_t total, size_t bytes) {
  std::string out;
  size_t shown = 0;
  while (shown < items.size() && (shown == 0 || out.size() + items[shown].size() <= bytes)) {
    AppendTo(out, shown == 0 ? "" : ", ", items[shown]);
    ++shown;
  }
  if (shown < total) AppendTo(out, shown == 0 ? "" : " and ", ReceiptCount(total - shown), " more");
  return out;
}

std::string PathSpelling::operator()(std::string_view path) const {
  if (const std::string_view inside = Below(path, workspace); !inside.empty()) {
    return Concat(inside[0] == '~' ? "./" : "", inside);
  }
  if (path == home && home.size() > 1) return "~";
  if (const std::string_view inside = Below(path, home); !inside.empty()) return Concat("~/", inside);
  return std::string(path);
}

std::string ReceiptDuration(int64_t milliseconds) {
  if (milliseconds < 1000) return Concat(milliseconds, " ms");
  if (milliseconds < 100'000) return absl::StrFormat("%.1f s", static_cast<double>(milliseconds) / 1000);
  const int64_t minutes = milliseconds / 60'000;
  if (minutes < 10) return Concat(minutes, " min ", milliseconds / 1000 % 60, " s");
  if (minutes < 120) return Concat(minutes, " min");
  return Concat(minutes / 60, " h ", minutes % 60, " min");
}

std::string ReceiptCount(uint64_t count) {
  std::string digits = Concat(count);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string ReceiptCount(uint64_t count, std::string_view noun) {
  return Concat(ReceiptCount(count), " ", noun, count == 1 ? "" : "s");
}

}  // namespace usher
