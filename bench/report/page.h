// A result as one self-contained HTML page with plots, and as Markdown with the same tables. Pure.

#ifndef USHER_BENCH_REPORT_PAGE_H_
#define USHER_BENCH_REPORT_PAGE_H_

#include <string>
#include <vector>

#include "bench/measure/result.h"
#include "bench/report/tables.h"

namespace usher::bench {

std::string HtmlPage(const Result& result);
// `heading` stands above: the page of the documentation has another than a comment on a pull request. `more`: chapters
// of other machines.
std::string MarkdownPage(const Result& result, const std::string& heading, const std::vector<Table>& more = {});

}  // namespace usher::bench

#endif  // USHER_BENCH_REPORT_PAGE_H_
