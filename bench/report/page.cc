#include "bench/report/page.h"

#include <algorithm>
#include <map>

#include "bench/report/svg.h"
#include "bench/report/tables.h"
#include "bench/report/text_table.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

constexpr char kStyle[] = R"(
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:68rem;padding:0 1rem;color:#1c1c1c;background:#fff}
h1{margin-bottom:.2rem}h2{margin-top:2.5rem;border-bottom:1px solid #ddd}
table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}th,td{padding:.2rem .6rem;border-bottom:1px solid #e5e5e5;text-align:left;white-space:nowrap}
td:not(:first-child){font-variant-numeric:tabular-nums}tbody tr:hover{background:#f5f5f5}
svg{width:100%;max-width:54rem;height:auto;margin:1rem 0;display:block;font:11px system-ui,sans-serif;fill:#1c1c1c}
.title{font-size:14px;font-weight:600}.axis{fill:#777}.grid{stroke:#e5e5e5}.whisker{stroke:#1c1c1c;stroke-width:1.5}
.line{fill:none;stroke-width:2}.on{fill:#fff}.missed{color:#b00020;font-weight:600}.met{color:#00703c}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}th,td{border-color:#333}h2{border-color:#444}
svg{fill:#ddd}.grid{stroke:#333}.whisker{stroke:#ddd}tbody tr:hover{background:#222}.missed{color:#ff8a80}.met{color:#7bd8a5}}
)";

// The same mechanism has the same colour in every plot.
class Palette {
 public:
  int Of(const std::string& mechanism) {
    return colours_.try_emplace(mechanism, static_cast<int>(colours_.size())).first->second;
  }

 private:
  std::map<std::string, int> colours_ = {{"native", 0}, {"usher", 1}};
};

std::vector<std::string> NamesOf(const Result& result, std::string_view group) {
  std::vector<std::string> names;
  for (const Measurement& m : result.measurements) {
    if (m.group == group && std::find(names.begin(), names.end(), m.name) == names.end()) names.push_back(m.name);
  }
  return names;
}

std::string CallBars(const Result& result, const std::string& name, Palette& palette) {
  std::vector<Bar> bars;
  for (const Measurement& m : result.measurements) {
    if (m.group == "call" && m.name == name && m.threads == 1 && m.placement == "free") {
      bars.push_back({m.mechanism, m.value, InUnit(m.value.mid, m.unit), palette.Of(m.mechanism)});
    }
  }
  return BarChart(Concat(name, ": latency, ns"), bars);
}

// Which part of the calls was answered within which time.
std::string Distribution(const Result& result, const std::string& name, Palette& palette) {
  std::vector<Line> lines;
  for (const Measurement& m : result.measurements) {
    if (m.group != "call" || m.name != name || m.threads != 1 || m.placement != "free" || m.quantiles.size() < 2)
      continue;
    Line line{m.mechanism, {}, palette.Of(m.mechanism)};
    for (size_t i = 1; i + 1 < m.quantiles.size(); ++i) line.points.emplace_back(std::max(1.0, m.quantiles[i]), i);
    lines.push_back(std::move(line));
  }
  return LineChart(Concat(name, ": how many calls were done within which time"), {"ns", "% of the calls", true, false},
                   lines);
}

std::string ThreadScaling(const Result& result, const std::string& name, Palette& palette) {
  std::map<std::string, Line> lines;
  for (const Measurement& m : result.measurements) {
    if (m.group != "call" || m.name != name || m.placement != "free") continue;
    Line& line = lines[m.mechanism];
    line.label = m.mechanism;
    line.colour = palette.Of(m.mechanism);
    line.points.emplace_back(m.threads, m.per_second);
  }
  std::vector<Line> all;
  for (auto& [mechanism, line] : lines) {
    std::sort(line.points.begin(), line.points.end());
    if (line.points.size() > 1) all.push_back(line);
  }
  return all.empty() ? ""
                     : LineChart(Concat(name, ": calls a second, all threads together"), {"threads", "a second"}, all);
}

std::string RuleScaling(const Result& result) {
  Line line{"decide", {}, 1};
  for (const auto& [rules, name] :
       {std::pair(10.0, "10"), std::pair(1000.0, "1,000"), std::pair(100000.0, "100,000")}) {
    const Measurement* m = Find(result, Concat("part/decide, ", name, " rules"));
    if (m != nullptr) line.points.emplace_back(rules, m->value.mid);
  }
  return line.points.size() < 2 ? "" : LineChart("Deciding, by number of rules", {"rules", "ns"}, {line});
}

std::string StartFlame(const Result& result) {
  const Measurement* whole = Find(result, "start/usher run -- true");
  if (whole == nullptr) return "";
  std::vector<Step> steps;
  for (const Measurement& m : result.measurements) {
    if (m.group == "start" && &m != whole) steps.push_back({m.name, m.value.mid, InUnit(m.value.mid, m.unit)});
  }
  return Flame("Start-up, step by step", {whole->name, whole->value.mid, InUnit(whole->value.mid, whole->unit)}, steps);
}

std::string WorkBars(const Result& result, const std::string& name, Palette& palette) {
  std::vector<Bar> bars;
  for (const Measurement& m : result.measurements) {
    if (m.group != "work" || m.name != name) continue;
    std::string text = InUnit(m.value.mid, m.unit);
    const auto ratio = m.ratios.find("native");
    if (ratio != m.ratios.end() && m.mechanism != "native") AppendTo(text, "  ×", WithInterval(ratio->second.value));
    bars.push_back({m.mechanism, m.value, text, palette.Of(m.mechanism)});
  }
  return BarChart(Concat(name, ": wall time, ms"), bars);
}

std::string HtmlTable(const Table& table) {
  std::string html = Concat("<h2>", EscapeXml(table.title), "</h2>\n");
  if (!table.about.empty()) AppendTo(html, "<p>", EscapeXml(table.about), "</p>\n");
  html += "<table><thead><tr>";
  for (const std::string& cell : table.head) AppendTo(html, "<th>", EscapeXml(cell), "</th>");
  html += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (const std::string& cell : row) {
      const bool judged = cell == "met" || cell == "missed";
      AppendTo(html, judged ? Concat("<td class=\"", cell, "\">") : "<td>", EscapeXml(cell), "</td>");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table>\n";
}

// What was measured stands before what was not.
std::vector<Table>::const_iterator FirstOfWhatIsMissing(const std::vector<Table>& tables) {
  return std::find_if(tables.begin(), tables.end(),
                      [](const Table& table) { return table.title == kFailures || table.title == kNotMeasured; });
}

std::string MarkdownCell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|')
      out += "\\|";
    else
      out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string HtmlPage(const Result& result) {
  Palette palette;
  std::string html = Concat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Usher, measured</title><style>",
      kStyle, "</style></head><body>\n<h1>Usher, measured</h1>\n<table><tbody>\n");
  for (const auto& [name, value] : FactsOf(result)) {
    AppendTo(html, "<tr><th>", EscapeXml(name), "</th><td style=\"white-space:normal\">", EscapeXml(value),
             "</td></tr>\n");
  }
  html += "</tbody></table>\n";
  const std::vector<Table> tables = TablesOf(result);
  for (const Table& table : tables) {
    if (table.title == "Aims") html += HtmlTable(table);
  }
  html += "<h2>Plots</h2>\n";
  const std::vector<std::string> calls = NamesOf(result, "call");
  for (const char* name : {"openat", "mkdirat", "renameat2", "kill", "sendmsg", "execve", "getppid", "newfstatat"}) {
    if (std::find(calls.begin(), calls.end(), name) == calls.end()) continue;
    html += CallBars(result, name, palette);
    if (std::string_view(name) == "openat" || std::string_view(name) == "kill") {
      html += Distribution(result, name, palette) + ThreadScaling(result, name, palette);
    }
  }
  html += RuleScaling(result) + StartFlame(result);
  for (const std::string& name : NamesOf(result, "work")) html += WorkBars(result, name, palette);
  for (const Table& table : tables) {
    if (table.title != "Aims") html += HtmlTable(table);
  }
  return html + "</body></html>\n";
}

std::string MarkdownPage(const Result& result, const std::string& heading, const std::vector<Table>& more) {
  std::string text = heading;
  AppendTo(text, "\n## On what\n\n| | |\n|---|---|\n");
  for (const auto& [name, value] : FactsOf(result))
    AppendTo(text, "| ", MarkdownCell(name), " | ", MarkdownCell(value), " |\n");
  std::vector<Table> tables = TablesOf(result);
  tables.insert(FirstOfWhatIsMissing(tables), more.begin(), more.end());
  for (const Table& table : tables) {
    AppendTo(text, "\n## ", table.title, "\n\n");
    if (!table.about.empty()) AppendTo(text, table.about, "\n\n");
    std::string head = "|", rule = "|";
    for (const std::string& cell : table.head) {
      AppendTo(head, " ", MarkdownCell(cell), " |");
      rule += "---|";
    }
    AppendTo(text, head, "\n", rule, "\n");
    for (const auto& row : table.rows) {
      text += "|";
      for (const std::string& cell : row) AppendTo(text, " ", MarkdownCell(cell), " |");
      text += "\n";
    }
  }
  return text;
}

}  // namespace usher::bench
