#include "supervisor/audit/receipt_details.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "policies/text.h"
#include "supervisor/audit/added_rules.h"
#include "supervisor/audit/folder_groups.h"
#include "supervisor/audit/log.h"

namespace usher {
namespace {

constexpr std::string_view kOpen = "<details><summary>Everything</summary>\n";
constexpr std::string_view kClose = "\n</details>\n";
constexpr std::string_view kElsewhere = " more: in receipt.json and in the log\n";
constexpr int kMaxItemColumns = 160;
constexpr size_t kMostFolders = 40;

struct Item {
  Item(std::string markdown, uint64_t things = 1) : text(std::move(markdown)), stands_for(things) {}
  std::string text;
  uint64_t stands_for;
};

struct Section {
  std::string title;
  std::vector<Item> items;
  uint64_t total = 0;  // with those that the summary no longer names
};

Section RunSection(const ReceiptInput& input) {
  std::string started;
  AppendTimestamp(started, input.run.started_unix_ms);
  const std::string command = absl::StrJoin(Redactor(input.run.masked_names).Argv(input.run.argv), " ");
  return {"Run",
          {Concat("command: ", MarkdownCodeCut(command, 400)), Concat("workspace: ", MarkdownCode(input.run.workspace)),
           Concat("user: ", MarkdownCode(input.run.user)), Concat("started: ", started)},
          4};
}

// Whole, unlike the row above it: what a host could not enforce is no place for "and 3 more".
Section DegradedSection(const ReceiptInput& input) {
  Section section{"Not enforced here", {}, input.run.degraded.size()};
  for (const std::string& sentence : input.run.degraded) section.items.emplace_back(MarkdownPlain(sentence));
  return section;
}

Section PathSection(std::string title, const std::set<std::string>& paths, uint64_t total, const PathSpelling& spell) {
  Section section{std::move(title), {}, total};
  for (const std::string& path : paths) section.items.emplace_back(MarkdownCode(spell(path)));
  return section;
}

Section ProgramSection(const ReceiptInput& input, const PathSpelling& spell) {
  std::vector<std::pair<uint64_t, std::string>> by_runs;
  for (const auto& [path, program] : input.summary.programs()) {
    by_runs.emplace_back(program.runs, Concat(MarkdownCode(spell(path)), " × ", ReceiptCount(program.runs),
                                              ", first: ", MarkdownCodeCut(program.example, kMaxItemColumns)));
  }
  std::stable_sort(by_runs.begin(), by_runs.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  Section section{"Programs", {}, input.summary.programs_total()};
  for (auto& [runs, text] : by_runs) section.items.emplace_back(std::move(text));
  return section;
}

Section PlaceSection(std::string title, const std::map<std::string, Summary::Host>& places, uint64_t total,
                     const PathSpelling& spell) {
  Section section{std::move(title), {}, total};
  for (const auto& [name, place] : places) {
    std::vector<std::string> by;
    for (const std::string& program : place.by) by.push_back(MarkdownCode(program));
    section.items.emplace_back(Concat(MarkdownCode(spell(name)), " × ", ReceiptCount(place.connects),
                                      by.empty() ? "" : " by ", absl::StrJoin(by, ", "), ", rule ",
                                      MarkdownCodeCut(place.rule, kMaxItemColumns)));
  }
  return section;
}

Section AskedSection(const ReceiptInput& input, const PathSpelling& spell) {
  Section section{"Asked", {}, input.summary.asked_total()};
  for (const Summary::Asked& asked : input.summary.asked()) {
    section.items.emplace_back(Concat(MarkdownCode(asked.kind), " ", MarkdownCode(spell(asked.object)), " × ",
                                      ReceiptCount(asked.count), ": ", AnswerText(asked), ", open ",
                                      ReceiptDuration(asked.open_ms),
                                      asked.by.empty() ? "" : Concat(", by ", MarkdownCode(asked.by))));
  }
  return section;
}

Section DeniedSection(const ReceiptInput& input, const PathSpelling& spell) {
  Section section{"Refused", {}, input.summary.denied_total()};
  for (const auto& [key, denied] : input.summary.denied()) {
    section.items.emplace_back(Concat(MarkdownCode(denied.kind), " ", MarkdownCode(spell(denied.object)), " × ",
                                      ReceiptCount(denied.count),
                                      denied.by.empty() ? "" : Concat(" by ", MarkdownCode(denied.by)),
                                      denied.verdict == Verdict::kHide ? ", shown as absent" : "", ", rule ",
                                      MarkdownCodeCut(denied.rule, kMaxItemColumns)));
  }
  return section;
}

Section FolderSection(std::string title, const std::set<std::string>& paths, uint64_t total,
                      const PathSpelling& spell) {
  std::vector<std::string> spelled;
  spelled.reserve(paths.size());
  for (const std::string& path : paths) spelled.push_back(spell(path));
  Section section{std::move(title), {}, total};
  for (const FolderGroup& group : GroupIntoAtMost(spelled, kMostFolders)) {
    if (section.items.size() == kMostFolders) break;
    section.items.emplace_back(MarkdownFolder(group, kMaxItemColumns), group.files);
  }
  return section;
}

Section AddedRulesSection(const ReceiptInput& input, const PathSpelling& spell) {
  Section section{"Rules of the policy files", {}, 0};
  for (const Policy& layer : input.rules.layers()) {
    for (const AddedRule& rule : AddedRulesOf(layer)) {
      ++section.total;
      section.items.emplace_back(Concat(MarkdownCodeCut(rule.text, kMaxItemColumns), " in ",
                                        MarkdownCodeCut(spell(rule.source), kMaxItemColumns),
                                        layer.trust == Trust::kTighten ? ", which may only tighten" : ""));
    }
  }
  return section;
}

// Raw, to be copied; it is made so that nothing in it has a meaning here.
std::string PassingRulesText(const ReceiptInput& input, size_t bytes) {
  if (input.passing_rules.empty()) return "";
  constexpr std::string_view kTitle =
      "\n**Rules that let pass what nobody answered**, for `~/.config/usher/policy.toml`\n\n";
  std::string out = Concat(kTitle, "```toml\n", input.passing_rules, "```\n");
  if (out.size() > bytes) out = Concat(kTitle, "- in receipt.json\n");
  return out.size() > bytes ? "" : out;
}

// The section with as many items as fit into `bytes`; empty when not even its heading and its count do.
std::string Render(const Section& section, size_t bytes) {
  std::string out = Concat("\n**", section.title, "** (", ReceiptCount(section.total), ")\n\n");
  const size_t reserve = kElsewhere.size() + 32;
  if (out.size() + reserve > bytes) return "";
  uint64_t shown = 0;
  for (const Item& item : section.items) {
    if (out.size() + item.text.size() + 3 + reserve > bytes) break;
    AppendTo(out, "- ", item.text, "\n");
    shown += item.stands_for;
  }
  if (shown < section.total) AppendTo(out, "- ", ReceiptCount(section.total - shown), kElsewhere);
  return out;
}

}  // namespace

std::string AnswerText(const Summary::Asked& asked) {
  if (asked.answer == "allow") {
    if (asked.life == "once" || asked.life.empty()) return "allowed once";
    return Concat("allowed for this ", MarkdownPlain(asked.life));
  }
  if (asked.answer == "deny") return "refused";
  if (asked.answer == "timeout") return "refused: no answer in time";
  if (asked.answer == "nobody") return "refused: nobody was there";
  if (asked.answer == "flood") return "refused: too many questions";
  return Concat("refused: ", MarkdownPlain(asked.answer));
}

std::string ReceiptDetails(const ReceiptInput& input, const PathSpelling& spell, size_t bytes) {
  const Summary& summary = input.summary;
  const Section sections[] = {
      RunSection(input),
      DegradedSection(input),
      PathSection("Written, run later outside the sandbox", summary.run_later(), summary.run_later_total(), spell),
      DeniedSection(input, spell),
      AskedSection(input, spell),
      PlaceSection("Network", summary.hosts(), summary.hosts_total(), spell),
      PlaceSection("Sockets outside the sandbox", summary.sockets(), summary.sockets_total(), spell),
      PlaceSection("Ports opened", summary.listens(), summary.listens_total(), spell),
      ProgramSection(input, spell),
      FolderSection("Written", summary.written(), summary.written_total(), spell),
      FolderSection("Removed", summary.removed(), summary.removed_total(), spell),
      AddedRulesSection(input, spell),
  };
  std::string out(kOpen);
  if (bytes < kOpen.size() + kClose.size()) return "";
  size_t left = static_cast<size_t>(
      std::count_if(std::begin(sections), std::end(sections), [](const Section& s) { return s.total > 0; }));
  for (const Section& section : sections) {
    if (section.total == 0) continue;
    // An equal share of what is left: what a short list does not need goes to the later ones.
    out += Render(section, (bytes - out.size() - kClose.size()) / left--);
  }
  out += PassingRulesText(input, bytes - out.size() - kClose.size());
  out += kClose;
  return out;
}

}  // namespace usher
