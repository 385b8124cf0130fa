// report RESULT.json: a page with plots, and the same tables as Markdown.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "bench/report/page.h"
#include "policies/text.h"

int main(int argc, char** argv) {
  using namespace usher::bench;
  std::string path, html, markdown, heading_path, heading = "# Usher, measured\n";
  CLI::App app("Makes a page of a result of usher_bench.");
  app.add_option("RESULT", path, "the result")->required();
  app.add_option("--html", html, "where the page goes");
  app.add_option("--markdown", markdown, "where the tables go as Markdown (-: standard output, if no --html is given)");
  app.add_option("--heading", heading_path, "a file with what stands above the tables");
  CLI11_PARSE(app, argc, argv);
  const auto result = ReadResult(path);
  if (!result.ok()) return Complain("report", result.status());
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
    if (absl::Status status = WriteText(markdown, MarkdownPage(*result, heading)); !status.ok()) return Complain("report", status);
  }
  return 0;
}
