// compare OLD.json NEW.json: exit code 1 when something of Usher's got slower.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/compare/comparison.h"
#include "policies/text.h"

int main(int argc, char** argv) {
  using namespace usher::bench;
  std::string before_path, after_path, markdown = "-", json;
  CompareOptions options;
  CLI::App app("Holds two results of usher_bench against each other. Exit codes: 0 nothing got slower, 1 something did, 2 trouble.");
  app.add_option("OLD", before_path, "the baseline")->required();
  app.add_option("NEW", after_path, "what is judged")->required();
  app.add_option("--threshold", options.threshold, "how much slower is a regression (0.25)");
  app.add_option("--exact-threshold", options.exact_threshold, "the same of what is counted: instructions, bytes (0.02)");
  app.add_option("--alpha", options.alpha, "how unlikely by chance, corrected for the number of rows (0.01)");
  app.add_option("--effect", options.effect, "least effect size, Cliff's delta (0.8)");
  app.add_flag("--absolute", options.absolute, "compare times, not ratios");
  app.add_option("--markdown", markdown, "where the text goes (-: standard output)");
  app.add_option("--json", json, "where the same as JSON goes");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto before = ReadResult(before_path);
  if (!before.ok()) return Complain("compare", before.status());
  const auto after = ReadResult(after_path);
  if (!after.ok()) return Complain("compare", after.status());
  const Comparison comparison = Compare(*before, *after, options);
  if (absl::Status status = WriteText(markdown, ComparisonMarkdown(comparison, options)); !status.ok()) return Complain("compare", status);
  if (!json.empty()) {
    if (absl::Status status = WriteText(json, ComparisonJson(comparison).dump(1) + "\n"); !status.ok()) return Complain("compare", status);
  }
  if (comparison.rows.empty()) return Complain("compare", absl::InvalidArgumentError("the two have nothing in common that could be compared"));
  return comparison.slower > 0 ? 1 : 0;
}
