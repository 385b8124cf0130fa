#include "supervisor/audit/receipt_attention.h"

#include <algorithm>
#include <utility>

#include "policies/text.h"

namespace usher {
namespace {

Attention::Why WhyOf(const Summary::Risky& risky) {
  if (risky.risk == Risk::kEscape) return Attention::Why::kEscape;
  if (risky.risk == Risk::kSecret) return Attention::Why::kSecret;
  return Attention::Why::kByHand;
}

}  // namespace

AttentionList AttentionFor(const RunInfo& run, const Summary& summary, uint64_t log_dropped) {
  AttentionList list;
  if (!run.watched) list.items.push_back({Attention::Why::kUnwatched, "what is listed is not all that happened"});
  for (const std::string& path : summary.run_later()) list.items.push_back({Attention::Why::kRunsLater, path});
  for (const auto& [key, risky] : summary.risky()) list.items.push_back({WhyOf(risky), risky.object});
  for (const auto& [key, denied] : summary.denied()) list.items.push_back({Attention::Why::kDenied, denied.object});
  if (log_dropped > 0) {
    list.items.push_back({Attention::Why::kIncomplete, Concat(log_dropped, " lines could not be written")});
  }
  std::stable_sort(list.items.begin(), list.items.end(),
                   [](const Attention& a, const Attention& b) { return a.why < b.why; });
  list.total = summary.run_later_total() + summary.risky_total() + summary.denied_total() + (log_dropped > 0 ? 1 : 0) +
               (run.watched ? 0 : 1);
  return list;
}

std::string_view ToString(Attention::Why why) {
  switch (why) {
    case Attention::Why::kUnwatched:
      return "nobody watched this run, and nobody was asked";
    case Attention::Why::kRunsLater:
      return "runs later, outside the sandbox";
    case Attention::Why::kEscape:
      return "door out of the sandbox";
    case Attention::Why::kSecret:
      return "secret touched";
    case Attention::Why::kByHand:
      return "allowed by hand";
    case Attention::Why::kDenied:
      return "refused";
    case Attention::Why::kIncomplete:
      return "log incomplete";
  }
  return "";
}

}  // namespace usher
