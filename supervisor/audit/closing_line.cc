#include "supervisor/audit/closing_line.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "policies/escape.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMostNamed = 3;
constexpr int kMostColumns = 80;  // of one name; a longer one is counted, and stands in the receipt

// "create" of "file.create", "run" of "exec".
std::string_view DeedOf(std::string_view kind) { return kind == "exec" ? "run" : kind.substr(kind.find('.') + 1); }

// So that nothing in it reads like a sentence of ours.
std::string Quoted(std::string_view name) {
  constexpr std::string_view kPlain = "/.-_~:@+[]";
  const bool plain = std::all_of(name.begin(), name.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kPlain.find(c) != std::string_view::npos;
  });
  return plain ? std::string(name) : Concat("'", absl::StrReplaceAll(Escape(name), {{"'", "\\u{27}"}}), "'");
}

}  // namespace

std::string ClosingLine(const Summary& summary, const PathSpelling& spell) {
  const uint64_t asked = summary.asked_total(), denied = summary.denied_total();
  if (asked == 0 && denied == 0) return "";
  std::vector<const Summary::Denied*> order;
  for (const auto& [key, entry] : summary.denied()) order.push_back(&entry);
  std::stable_partition(order.begin(), order.end(), [](const auto* entry) { return entry->verdict == Verdict::kAsk; });
  std::vector<std::string> names;
  for (const Summary::Denied* entry : order) {
    if (names.size() == kMostNamed) break;
    const std::string name = Quoted(spell(entry->object));
    if (DisplayWidth(name) <= kMostColumns) names.push_back(Concat(DeedOf(entry->kind), " ", name));
  }
  std::string line = Concat(ReceiptCount(asked), " asked, ", ReceiptCount(denied), " denied");
  if (!names.empty()) AppendTo(line, ": ", absl::StrJoin(names, ", "));
  if (denied > names.size()) AppendTo(line, " and ", ReceiptCount(denied - names.size()), " more");
  return line;
}

}  // namespace usher
