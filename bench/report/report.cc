// report RESULT.json: a page with plots, and the same tables as Markdown.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "bench/report/emulated.h"
#include "bench/report/page.h"
#include "policies/text.h"

int main(int argc, char** argv) {
  using namespace usher::bench;
  std::string path, html, markdown, heading_path, heading = "# Usher, measured\n", emulated_path;
  CLI::App app("Makes a page of a result of usher_bench.");
  app.add_option("RESULT", path, "the result")->required();
  app.add_option("--html", html, "where the page goes");
  app.add_option("--markdown", markdown, "where the tables go as Markdown (-: standard output, if no --html is given)");
  app.add_option("--heading", heading_path, "a file with what stands above the tables");
  app.add_option("--emulated", emulated_path, "a second result, of an emulated machine: a chapter of the Markdown");
  CLI11_PARSE(app, argc, argv);
  const auto result = ReadResult(path);
  if (!result.ok()) return Complain("report", result.status());
  std::vector<Table> emulated;
  if (!emulated_path.empty()) {
    const auto other = ReadResult(emulated_path);
    if (!other.ok()) return Complain("report", other.status());
    auto tables = EmulatedTables(*other);
    if (!tables.ok()) return Complain("report", tables.status());
    emulated = *std::move(tables);
  }
  if (!heading_path.empty()) {
    std::ifstream file(heading_path);
    std::stringstream text;
    text << file.rdbuf();
    heading = text.str();
  }
  if (html.empty() && markdown.empty()) markdown = "-";
  if (!html.empty()) {
    if (absl::Status status = WriteText(html, HtmlPage(*result)); !status.ok()) return Complain("report", status);
  }
  if (!markdown.empty()) {
    if (absl::Status status = WriteText(markdown, MarkdownPage(*result, heading, emulated)); !status.ok())
      return Complain("report", status);
  }
  return 0;
}
