// Untrusted bytes inside Markdown.
//
// A name is shown as a code span, in which Markdown and HTML have no meaning, after escaping for the terminal. The two
// characters that could still end a span or a table cell are spelled in the same escape language: ` is \u{60}, | is
// \u{7c}.

#ifndef USHER_SUPERVISOR_AUDIT_MARKDOWN_TEXT_H_
#define USHER_SUPERVISOR_AUDIT_MARKDOWN_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

// `…`, whole.
std::string MarkdownCode(std::string_view raw);

// `…`, cut in the middle to about `columns` cells.
std::string MarkdownCodeCut(std::string_view raw, int columns);

// Words of our own that may carry a strange character: escaped, no code span.
std::string MarkdownPlain(std::string_view raw);

// "a, b, c and 12 more": the first `items` (Markdown already) that fit into `bytes`, at least one, of `total` that
// there are.
std::string MarkdownList(const std::vector<std::string>& items, uint64_t total, size_t bytes);

// How the receipt spells a path: relative to the workspace, "~/…" below home, else absolute. Still raw bytes. What
// could be taken for one of the others keeps a "./" in front.
struct PathSpelling {
  std::string home, workspace;
  std::string operator()(std::string_view path) const;
};

// "18 min", "6 min 42 s", "4.2 s".
std::string ReceiptDuration(int64_t milliseconds);

// "8,123".
std::string ReceiptCount(uint64_t count);

// "1 file", "8,123 files".
std::string ReceiptCount(uint64_t count, std::string_view noun);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_MARKDOWN_TEXT_H_
