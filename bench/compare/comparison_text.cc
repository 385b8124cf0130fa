// A comparison to read (for a comment on a pull request) and to keep.

#include "absl/strings/str_format.h"
#include "bench/compare/comparison.h"
#include "policies/text.h"

namespace usher::bench {
namespace {

const char* Word(Change change) {
  switch (change) {
    case Change::kSlower: return "slower";
    case Change::kFaster: return "faster";
    case Change::kNone: return "same";
  }
  return "";
}

std::string Line(const Compared& row) {
  return absl::StrFormat("| %s | %.4g | %.4g | %+.1f %% | %.2g | %+.2f | %s |\n", row.key, row.before, row.after,
                         row.change * 100, row.p, row.effect, Word(row.verdict));
}

constexpr char kHead[] = "| measurement | before | after | change | p | effect | |\n|---|--:|--:|--:|--:|--:|---|\n";

}  // namespace

std::string ComparisonMarkdown(const Comparison& comparison, const CompareOptions& options) {
  std::string text = "# Benchmarks compared\n\n";
  if (comparison.slower > 0) {
    AppendTo(text, "**", comparison.slower, " of ", comparison.rows.size(), " got slower**");
  } else {
    AppendTo(text, "None of ", comparison.rows.size(), " got slower");
  }
  AppendTo(text, absl::StrFormat(" by more than %.0f %%; %d got faster.\n\n", options.threshold * 100, comparison.faster));
  for (const std::string& warning : comparison.warnings) AppendTo(text, "- ", warning, "\n");
  if (!comparison.warnings.empty()) text += "\n";
  std::string changed, rest;
  for (const Compared& row : comparison.rows) (row.verdict == Change::kNone ? rest : changed) += Line(row);
  if (!changed.empty()) AppendTo(text, kHead, changed, "\n");
  if (!rest.empty()) {
    AppendTo(text, "<details><summary>What did not change</summary>\n\n", kHead, rest, "\n</details>\n\n");
  }
  for (const auto& [title, keys] : {std::pair("Only before", &comparison.gone), std::pair("Only after", &comparison.added)}) {
    if (keys->empty()) continue;
    AppendTo(text, title, ":");
    for (const std::string& key : *keys) AppendTo(text, " `", key, "`");
    text += "\n\n";
  }
  text += "Before and after are ratios to native, or to a fixed piece of work; p is corrected for the number of rows.\n";
  return text;
}

Json ComparisonJson(const Comparison& comparison) {
  Json rows = Json::array();
  for (const Compared& row : comparison.rows) {
    rows.push_back({{"key", row.key}, {"basis", row.basis}, {"before", row.before}, {"after", row.after},
                    {"change", row.change}, {"p", row.p}, {"effect", row.effect}, {"verdict", Word(row.verdict)}});
  }
  return {{"slower", comparison.slower}, {"faster", comparison.faster}, {"warnings", comparison.warnings},
          {"gone", comparison.gone},     {"added", comparison.added},   {"rows", std::move(rows)}};
}

}  // namespace usher::bench
