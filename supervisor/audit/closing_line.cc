#include "supervisor/audit/closing_line.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"
#include "policies/escape.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMostNamed = 3;
constexpr int kNameColumns = 60;

// "create" of "file.create", "run" of "exec".
std::string_view DeedOf(std::string_view kind) { return kind == "exec" ? "run" : kind.substr(kind.find('.') + 1); }

}  // namespace

std::string ClosingLine(const Summary& summary, const PathSpelling& spell) {
  const uint64_t asked = summary.asked_total(), denied = summary.denied_total();
  if (asked == 0 && denied == 0) return "";
  std::vector<const Summary::Denied*> order;
  for (const auto& [key, entry] : summary.denied()) order.push_back(&entry);
  std::stable_partition(order.begin(), order.end(), [](const auto* entry) { return entry->verdict == Verdict::kAsk; });
  if (order.size() > kMostNamed) order.resize(kMostNamed);
  std::vector<std::string> names;
  names.reserve(order.size());
  for (const Summary::Denied* entry : order) {
    names.push_back(Concat(DeedOf(entry->kind), " ", EscapeToWidth(spell(entry->object), kNameColumns)));
  }
  std::string line = Concat(ReceiptCount(asked), " asked, ", ReceiptCount(denied), " denied");
  if (!names.empty()) AppendTo(line, ": ", absl::StrJoin(names, ", "));
  if (denied > names.size()) AppendTo(line, " and ", ReceiptCount(denied - names.size()), " more");
  return line;
}

}  // namespace usher
