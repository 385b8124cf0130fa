#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "policies/place_words.h"
#include "policies/text.h"
#include "supervisor/audit/folder_groups.h"
#include "supervisor/audit/markdown_text.h"
#include "supervisor/audit/receipt.h"
#include "supervisor/audit/receipt_attention.h"
#include "supervisor/audit/receipt_details.h"

namespace usher {
namespace {

constexpr size_t kRowBytes = 300;  // about what a list in a table row may take
constexpr int kRowColumns = 72;    // of one name in it

void AppendRow(std::string& out, std::string_view title, std::string_view text) {
  AppendTo(out, "| **", title, "** | ", text, " |\n");
}

template <typename Names, typename Spell>
std::string NameList(const Names& names, uint64_t total, const Spell& spell) {
  std::vector<std::string> items;
  for (const auto& name : names) {
    if (items.size() == 8) break;
    items.push_back(MarkdownCodeCut(spell(name), kRowColumns));
  }
  return MarkdownList(items, total, kRowBytes);
}

std::string Headline(const ReceiptInput& input, const AttentionList& attention) {
  std::string out = Concat("### Agent run ", MarkdownCode(input.run.id), " · ", ReceiptDuration(input.end.wall_ms));
  if (!input.end.ended_by.empty()) {
    AppendTo(out, " · ended by ", MarkdownPlain(input.end.ended_by));
  } else if (input.end.exit_code != 0) {
    AppendTo(out, " · exit ", input.end.exit_code);
  }
  if (attention.total == 0) return out + " · nothing to look at\n";
  return Concat(out, " · **", ReceiptCount(attention.total, "thing"), " to look at**\n");
}

// A line for each kind, so that many of one kind cannot push another one out of sight.
std::string AttentionQuote(const AttentionList& attention, const PathSpelling& spell) {
  std::string out;
  for (auto item = attention.items.begin(); item != attention.items.end();) {
    const auto end = std::find_if(item, attention.items.end(), [&](const Attention& a) { return a.why != item->why; });
    const std::vector<Attention> kind(item, end);
    AppendTo(out, "> ⚠ ", ToString(item->why), ": ",
             NameList(kind, kind.size(), [&](const Attention& a) { return spell(a.object); }), "  \n");
    item = end;
  }
  return out;
}

std::string PolicyText(const ReceiptInput& input) {
  std::vector<std::string> items;
  for (const std::string& layer : input.run.policy) items.push_back(MarkdownCodeCut(layer, 100));
  return items.empty() ? "none" : MarkdownList(items, items.size(), kRowBytes);
}

std::string_view Deed(const FileRule& rule) {
  if (rule.harmless) return "exempts ";
  switch (rule.verdict) {
    case Verdict::kAllow:
      return "allows ";
    case Verdict::kAsk:
      return "asks about ";
    case Verdict::kDeny:
      return "refuses ";
    case Verdict::kHide:
      return "hides ";
  }
  return "";
}

// What the files of the person and the project make different, each layer by its name.
std::string AddedText(const PlaceWords& places, const PathSpelling& spell) {
  std::string out;
  for (auto rule = places.added.begin(); rule != places.added.end();) {
    const Policy* layer = rule->layer;
    std::vector<std::string> items;
    uint64_t total = 0;
    std::string_view deed;
    for (; rule != places.added.end() && rule->layer == layer; ++rule, ++total) {
      const bool new_deed = deed != Deed(*rule->rule);
      deed = Deed(*rule->rule);
      items.push_back(Concat(new_deed ? deed : "", MarkdownCodeCut(ValueOf(rule->rule->text), kRowColumns)));
    }
    AppendTo(out, " · ", MarkdownCodeCut(spell(layer->origin), kRowColumns), " ",
             MarkdownList(items, total, kRowBytes));
  }
  return out;
}

std::string ReachText(RuleUse use, const ReceiptInput& input, const PathSpelling& spell) {
  const PlaceWords places = PlaceWordsFor(use, input.rules);
  std::vector<std::string> asked(places.asked.begin(), places.asked.end());
  if (places.guarded > 0 && use == RuleUse::kRead) {
    asked.push_back(Concat(ReceiptCount(places.guarded, "kind"), " of key file"));
  }
  if (places.run_later > 0) asked.push_back(ReceiptCount(places.run_later, "run-later place"));
  std::string out = places.allowed.empty() ? "nothing built in" : ListOf(places.allowed);
  if (!asked.empty()) AppendTo(out, " · asks: ", absl::StrJoin(asked, ", "));
  if (places.hidden > 0 && use == RuleUse::kRead) {
    AppendTo(out, " · hidden: ", ReceiptCount(places.hidden, "secret place"));
  }
  return out + AddedText(places, spell);
}

// "`~/.npm/_cacache` (624 files), `/tmp/x` and 7 more".
std::string FolderList(const std::vector<std::string>& paths) {
  constexpr size_t kMost = 6, kDepth = 2;
  std::string out;
  size_t shown = 0;
  uint64_t left = paths.size();
  for (const FolderGroup& group : GroupByFolder(paths, kDepth)) {
    const std::string item = MarkdownFolder(group, kRowColumns);
    if (shown == kMost || (shown > 0 && out.size() + item.size() > kRowBytes)) break;
    AppendTo(out, shown++ == 0 ? "" : ", ", item);
    left -= group.files;
  }
  if (left > 0) AppendTo(out, " and ", ReceiptCount(left), " more");
  return out;
}

std::string WroteText(const ReceiptInput& input, const PathSpelling& spell) {
  const Summary& summary = input.summary;
  uint64_t inside = 0;
  std::vector<std::string> outside;
  const std::string below = input.run.workspace + "/";
  for (const std::string& path : summary.written()) {
    if (path.starts_with(below)) {
      ++inside;
    } else {
      outside.push_back(spell(path));
    }
  }
  const char* at_least = summary.totals_exact() ? "" : "at least ";
  std::string out = Concat(at_least, ReceiptCount(summary.written_total(), "file"));
  if (summary.written_total() > 0) {
    AppendTo(out, ": ", ReceiptCount(inside), " in the workspace, ", ReceiptCount(outside.size()), " outside");
    if (const uint64_t unsorted = summary.written_total() - summary.written().size(); unsorted > 0) {
      AppendTo(out, ", ", ReceiptCount(unsorted), " not kept by name");
    }
  }
  if (!outside.empty()) AppendTo(out, ": ", FolderList(outside));
  if (summary.run_later_total() > 0) {
    AppendTo(out, " · **run later, outside:** ", NameList(summary.run_later(), summary.run_later_total(), spell));
  }
  if (summary.removed_total() > 0) AppendTo(out, " · removed ", ReceiptCount(summary.removed_total()));
  return out;
}

std::string RanText(const ReceiptInput& input) {
  const Summary& summary = input.summary;
  if (summary.execs() == 0) return "nothing";
  std::vector<std::pair<uint64_t, std::string_view>> by_runs;
  for (const auto& [path, program] : summary.programs()) by_runs.emplace_back(program.runs, path);
  std::stable_sort(by_runs.begin(), by_runs.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> items;
  for (const auto& [runs, path] : by_runs) {
    if (items.size() == 8) break;
    items.push_back(Concat(MarkdownCodeCut(path.substr(path.find_last_of('/') + 1), 40), " × ", ReceiptCount(runs)));
  }
  return Concat(ReceiptCount(summary.execs(), "command"), ", ", ReceiptCount(summary.programs_total(), "program"), ": ",
                MarkdownList(items, summary.programs_total(), kRowBytes));
}

std::string NetworkText(const ReceiptInput& input, const PathSpelling& spell) {
  const Summary& summary = input.summary;
  const auto name_of = [&](const auto& entry) { return spell(entry.first); };
  std::string out = summary.hosts_total() == 0 ? "nothing left this machine"
                                               : Concat(ReceiptCount(summary.hosts_total(), "place"), ": ",
                                                        NameList(summary.hosts(), summary.hosts_total(), name_of));
  if (summary.sockets_total() > 0) {
    AppendTo(out, " · sockets: ", NameList(summary.sockets(), summary.sockets_total(), name_of));
  }
  if (summary.listens_total() > 0) {
    AppendTo(out, " · opened: ", NameList(summary.listens(), summary.listens_total(), name_of));
  }
  return out;
}

std::string AskedText(const ReceiptInput& input, const PathSpelling& spell) {
  const Summary& summary = input.summary;
  if (summary.asked_total() == 0) return "nothing";
  std::vector<std::string> items;
  for (const Summary::Asked& asked : summary.asked()) {
    if (items.size() == 6) break;
    items.push_back(Concat(MarkdownCodeCut(spell(asked.object), kRowColumns), " (", AnswerText(asked), ")"));
  }
  return Concat(ReceiptCount(summary.asked_total()), ": ", MarkdownList(items, summary.asked_total(), kRowBytes));
}

std::string LooksText(const Summary& summary) {
  return summary.looks() == 0
             ? ""
             : Concat(" · looks at processes outside, shown as absent: ", ReceiptCount(summary.looks()));
}

std::string DeniedText(const ReceiptInput& input, const PathSpelling& spell) {
  const Summary& summary = input.summary;
  if (summary.denied_total() == 0) return Concat("nothing", LooksText(summary));
  std::vector<std::string> items;
  for (const auto& [key, denied] : summary.denied()) {
    if (items.size() == 6) break;
    items.push_back(Concat(MarkdownCode(denied.kind), " ", MarkdownCodeCut(spell(denied.object), kRowColumns),
                           denied.by.empty() ? "" : Concat(" by ", MarkdownCodeCut(denied.by, 40))));
  }
  return Concat(ReceiptCount(summary.denied_total()), " (", ReceiptCount(summary.denied_calls(), "call"),
                "): ", MarkdownList(items, summary.denied_total(), kRowBytes), LooksText(summary));
}

std::string DegradedText(const ReceiptInput& input) {
  if (input.run.degraded.empty()) return "nothing";
  std::vector<std::string> items;
  for (const std::string& sentence : input.run.degraded) items.push_back(MarkdownPlain(sentence));
  return MarkdownList(items, items.size(), kRowBytes);
}

std::string CostText(const RunEnd& end) {
  std::string out = Concat(ReceiptDuration(end.wall_ms), " wall, ", ReceiptDuration(end.cpu_ms), " CPU, Usher itself ",
                           ReceiptDuration(end.supervisor_cpu_ms), " CPU");
  if (end.max_rss_kb > 0) absl::StrAppendFormat(&out, ", %.1f MB at most", static_cast<double>(end.max_rss_kb) / 1024);
  return out;
}

std::string GrantsText(const ReceiptInput& input, const PathSpelling& spell) {
  if (input.grants_alive.empty()) return "nothing";
  std::vector<std::string> items;
  for (const Grant& grant : input.grants_alive) {
    if (items.size() == 6) break;
    items.push_back(Concat(MarkdownCode(grant.id), grant.allow ? " allows " : " refuses ",
                           MarkdownCodeCut(spell(ToString(grant.scope)), kRowColumns), ", this ", ToString(grant.life),
                           " (", MarkdownCode(Concat("usher revoke ", grant.id)), ")"));
  }
  return MarkdownList(items, input.grants_alive.size(), kRowBytes);
}

// Of a run with a gate: what is allowed to be read is known, what of it was read is not.
constexpr std::string_view kNotListed = " · what was read of it is not listed";

std::string Footer(const ReceiptInput& input) {
  return Concat("<sub>", ReceiptCount(input.log_lines), " log lines, ",
                input.log_dropped == 0 ? "none lost" : ReceiptCount(input.log_dropped) + " LOST", ", chain head ",
                MarkdownCode(input.log_head), " — ", MarkdownCode("usher receipt verify " + input.run.id),
                ". Covers only what was started through Usher.</sub>\n");
}

}  // namespace

std::string ReceiptMarkdown(const ReceiptInput& input) {
  const PathSpelling spell{input.home, input.run.workspace};
  const AttentionList attention = AttentionFor(input.run, input.summary, input.log_dropped);

  std::string out = Headline(input, attention);
  out += AttentionQuote(attention, spell);
  out += "\n| | |\n|---|---|\n";
  AppendRow(out, "Where", Concat(MarkdownCodeCut(input.run.host, 100), " · ", MarkdownCodeCut(input.run.engine, 60)));
  AppendRow(out, "Policy", PolicyText(input));
  AppendRow(out, "Could read", Concat(ReachText(RuleUse::kRead, input, spell), input.run.gate ? kNotListed : ""));
  AppendRow(out, "Could write", ReachText(RuleUse::kWrite, input, spell));
  if (input.run.watched) {
    AppendRow(out, "Wrote", WroteText(input, spell));
    AppendRow(out, "Ran", RanText(input));
    AppendRow(out, "Network", NetworkText(input, spell));
    AppendRow(out, "Asked", AskedText(input, spell));
    AppendRow(out, "Refused", DeniedText(input, spell));
  } else {
    AppendRow(out, "Wrote, ran", "not known: no call was held");
    AppendRow(out, "Network", "none could be reached");
  }
  AppendRow(out, "Not enforced here", DegradedText(input));
  AppendRow(out, "Cost", CostText(input.end));
  AppendRow(out, "Still open", GrantsText(input, spell));
  out += '\n';

  const std::string footer = Footer(input);
  const size_t used = out.size() + footer.size() + 1;
  out += ReceiptDetails(input, spell, used < kMaxReceiptMarkdown ? kMaxReceiptMarkdown - used : 0);
  AppendTo(out, "\n", footer);
  return out;
}

}  // namespace usher
