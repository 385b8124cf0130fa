#include "supervisor/audit/passing_rules.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "policies/code_point.h"
#include "policies/escape.h"
#include "policies/parser.h"
#include "policies/path_pattern.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMostOfAList = 40;
constexpr size_t kMostBytes = 4096;  // of a list
constexpr size_t kMostTried = 400;

// In the order in which they are written.
struct List {
  std::string_view table, key;
};
constexpr List kLists[] = {{"files", "read.allow"}, {"files", "write.allow"},    {"files", "exec.allow"},
                           {"network", "allow"},    {"network", "listen.allow"}, {"sockets", "allow"}};
enum : size_t { kRead, kWrite, kExec, kNetwork, kListen, kSockets };

struct Candidate {
  size_t list = 0;
  std::string pattern;
  Risk risk = Risk::kOrdinary;
  std::vector<const Operation*> asked;
};

// As a policy file spells it: what has no beginning of its own lies in the workspace.
std::string PathInPolicy(const std::string& path, const PathSpelling& spell) {
  std::string spelled = spell(path);
  const bool has_beginning = spelled.starts_with('/') || spelled.starts_with("./") || spelled == "." ||
                             spelled == "~" || spelled.starts_with("~/");
  return has_beginning ? spelled : Concat("./", spelled);
}

// The list and the name of the rule that would answer it, or nothing.
struct CandidateFor {
  const Ruleset& rules;
  const PathSpelling& spell;

  std::optional<Candidate> operator()(const FileOperation& file) const {
    if (file.carries_subtree) return std::nullopt;
    std::string pattern = TomlPattern(PathInPolicy(file.path, spell));
    // A directory by itself: what lies in it was not asked for.
    if (file.is_directory && !pattern.empty()) pattern.insert(pattern.size() - 1, file.path == "/" ? "." : "/.");
    return Candidate{.list = file.action == FileAction::kRead ? kRead : kWrite, .pattern = std::move(pattern)};
  }
  std::optional<Candidate> operator()(const ExecOperation& exec) const {
    // Of a script that may be run, the program that it names.
    const bool script_may = rules.Decide(ExecOperation{.path = exec.path}).verdict == Verdict::kAllow;
    const std::string& path = script_may && !exec.interpreter.empty() ? exec.interpreter : exec.path;
    return Candidate{.list = kExec, .pattern = TomlPattern(PathInPolicy(path, spell))};
  }
  std::optional<Candidate> operator()(const NetOperation& net) const {
    if (net.port == 0) return std::nullopt;  // as a rule, every port
    const bool opens = net.action == NetAction::kBind || net.action == NetAction::kListen;
    return Candidate{.list = opens ? kListen : kNetwork, .pattern = TomlPattern(ObjectOf(net))};
  }
  std::optional<Candidate> operator()(const UnixSocketOperation& socket) const {
    if (socket.name.starts_with('@')) return Candidate{.list = kSockets, .pattern = TomlPattern(socket.name)};
    const bool binds = socket.action == UnixAction::kBind;
    return Candidate{.list = binds ? kWrite : kSockets, .pattern = TomlPattern(PathInPolicy(socket.name, spell))};
  }
  std::optional<Candidate> operator()(const ProcessOperation&) const { return std::nullopt; }
};

std::string_view RemarkOf(Risk risk) {
  switch (risk) {
    case Risk::kRunsLater:
      return "  # runs later, outside the sandbox";
    case Risk::kSecret:
      return "  # a secret";
    case Risk::kEscape:
      return "  # a door out of the sandbox";
    case Risk::kOrdinary:
    case Risk::kNetwork:
      break;
  }
  return "";
}

// The body of a policy file. What a list has no room for is counted.
std::string TomlOf(const std::vector<Candidate>& candidates, uint64_t* left_out) {
  std::string out;
  std::string_view table;
  for (size_t list = 0; list < std::size(kLists); ++list) {
    std::string names;
    size_t count = 0;
    for (const Candidate& candidate : candidates) {
      if (candidate.list != list) continue;
      const std::string line = Concat("  ", candidate.pattern, ",", RemarkOf(candidate.risk), "\n");
      if (count == kMostOfAList || names.size() + line.size() > kMostBytes) {
        ++*left_out;
        continue;
      }
      names += line;
      ++count;
    }
    if (count == 0) continue;
    if (table != kLists[list].table) AppendTo(out, "[", kLists[list].table, "]\n");
    table = kLists[list].table;
    AppendTo(out, kLists[list].key, " = [\n", names, "]\n");
  }
  return out;
}

absl::StatusOr<ParsedPolicy> PolicyOf(std::string_view toml, const PathSpelling& spell) {
  return ParsePolicy(Concat("version = 1\n", toml), "suggested", {.home = spell.home, .workspace = spell.workspace});
}

// The rules with a trusted file more, above the person's own and below Usher's.
std::optional<Ruleset> With(const Ruleset& rules, std::string_view toml, const PathSpelling& spell) {
  auto parsed = PolicyOf(toml, spell);
  if (!parsed.ok()) return std::nullopt;
  std::vector<Policy> layers = rules.layers();
  const auto above = std::find_if(layers.begin(), layers.end(), [](const Policy& layer) {
    return layer.trust == Trust::kTighten || layer.origin == kOwnFilesOrigin;
  });
  layers.insert(above, std::move(parsed->policy));
  return Ruleset(std::move(layers));
}

}  // namespace

std::string TomlPattern(std::string_view name) {
  if (name.empty()) return "";
  const std::string pattern = QuotePattern(name);
  std::string out = "\"";
  for (std::string_view rest = pattern; !rest.empty();) {
    const CodePoint point = FirstCodePoint(rest);
    if (!point.valid) return "";
    const std::string_view text = rest.substr(0, point.size);
    rest.remove_prefix(point.size);
    const bool single_blank =
        text == " " && out.size() > 1 && out.back() != ' ' && !rest.empty() && rest.front() != ' ';
    const bool shows_itself = text != "\"" && text != "\\" && text != "`" && Escape(text) == text;
    if (single_blank || shows_itself) {
      out += text;
    } else if (point.code <= 0xffff) {
      absl::StrAppendFormat(&out, "\\u%04X", static_cast<unsigned>(point.code));
    } else {
      absl::StrAppendFormat(&out, "\\U%08X", static_cast<unsigned>(point.code));
    }
  }
  return out + '"';
}

std::string PassingRulesFor(const Summary& summary, const Ruleset& rules, const PathSpelling& spell) {
  std::vector<Candidate> candidates;
  uint64_t left_out = 0;
  for (const Summary::Asked& asked : summary.asked()) {
    if (!asked.operation) continue;  // somebody answered
    std::optional<Candidate> candidate = std::visit(CandidateFor{rules, spell}, *asked.operation);
    if (!candidate || candidate->pattern.empty()) {
      ++left_out;
      continue;
    }
    // Each is tried, and the end of a run is not the time for ten thousand.
    const auto known = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
      return c.list == candidate->list && c.pattern == candidate->pattern;
    });
    if (known == candidates.end() && candidates.size() == kMostTried) {
      ++left_out;
      continue;
    }
    Candidate& one = known == candidates.end() ? candidates.emplace_back(*std::move(candidate)) : *known;
    one.risk = std::max(one.risk, asked.risk);
    one.asked.push_back(&*asked.operation);
  }
  const size_t found = candidates.size();
  uint64_t without_room = 0;
  // One name that no policy may hold would spoil them all.
  std::erase_if(candidates,
                [&](const Candidate& candidate) { return !PolicyOf(TomlOf({candidate}, &without_room), spell).ok(); });
  if (candidates.empty()) return "";
  const std::optional<Ruleset> with = With(rules, TomlOf(candidates, &without_room), spell);
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return !with || std::any_of(candidate.asked.begin(), candidate.asked.end(), [&](const Operation* operation) {
      return with->Decide(*operation).verdict != Verdict::kAllow;
    });
  });
  left_out += found - candidates.size();
  std::string toml = TomlOf(candidates, &left_out);
  if (!toml.empty() && left_out > 0)
    AppendTo(toml, "# and ", ReceiptCount(left_out), " more that these do not answer\n");
  return toml;
}

}  // namespace usher
