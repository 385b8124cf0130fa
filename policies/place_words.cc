#include "policies/place_words.h"

#include <string>
#include <utility>

#include "absl/types/span.h"

namespace usher {
namespace {

// A built-in rule that stands for all of its kind, and the word for them. Rows of one word stand together.
struct Word {
  std::string_view value;
  std::string_view word;
};
constexpr Word kAllowed[] = {
    {".", "the workspace"},
    {"$TMP", "private temp"},
    {"/usr", "system"},
    {"~/.rustup", "toolchains in home"},
    {"~/.cache", "caches"},
    {"~/.bashrc", "shell and editor start files"},
    {"~/.gitconfig", "settings of tools"},
};
constexpr Word kAsked[] = {{"~", "the rest of home"}, {"/tmp", "/tmp"}, {"/mnt", "other places"}};
constexpr Word kDenied[] = {{"/usr", "system"}, {"/dev", "devices"}, {"/proc", "kernel settings"}};
constexpr std::string_view kWorktree = "the worktree's repository";

// A pattern with a star has no single object to ask about; it is believed unless its layer may not loosen anything.
bool StillAllowed(const Ruleset& ruleset, const FileRule& rule, Trust trust) {
  if (rule.pattern.view().find('*') != std::string_view::npos) return trust == Trust::kFull;
  return ruleset.Decide(UseOf(rule.use, std::string(rule.pattern))).verdict == Verdict::kAllow;
}

// Whether a rule of a file makes anything different.
bool Counts(const Ruleset& ruleset, const FileRule& rule, Trust trust) {
  if (rule.harmless) return trust == Trust::kFull;
  return rule.verdict != Verdict::kAllow || StillAllowed(ruleset, rule, trust);
}

// The words in the order of their table, however the rules stand in the file.
class Spoken {
 public:
  void Note(absl::Span<const Word> table, std::string_view value, auto holds) {
    for (size_t i = 0; i < table.size(); ++i) {
      if (table[i].value == value && holds()) found_ |= 1u << i;
    }
  }
  std::vector<std::string_view> Words(absl::Span<const Word> table) const {
    std::vector<std::string_view> words;
    for (size_t i = 0; i < table.size(); ++i) {
      if ((found_ >> i & 1u) != 0) words.push_back(table[i].word);
    }
    return words;
  }

 private:
  unsigned found_ = 0;
};

struct BuiltinWords {
  Spoken allowed, asked, denied;
  bool worktree = false;

  void Note(const Ruleset& ruleset, const Policy& layer, const FileRule& rule, PlaceWords& words) {
    const auto always = [] { return true; };
    switch (rule.verdict) {
      case Verdict::kAllow:
        if (layer.name == "worktree") worktree = true;
        return allowed.Note(kAllowed, ValueOf(rule.text), [&] { return StillAllowed(ruleset, rule, layer.trust); });
      case Verdict::kAsk:
        if (rule.risk == Risk::kSecret) ++words.guarded;
        if (rule.risk == Risk::kRunsLater) ++words.run_later;
        if (rule.risk == Risk::kOrdinary) asked.Note(kAsked, ValueOf(rule.text), always);
        return;
      case Verdict::kDeny:
        return denied.Note(kDenied, ValueOf(rule.text), always);
      case Verdict::kHide:
        ++words.hidden;
        return;
    }
  }
};

}  // namespace

Operation UseOf(RuleUse use, std::string path) {
  switch (use) {
    case RuleUse::kExec:
      return ExecOperation{.path = std::move(path)};
    case RuleUse::kWrite:
      return FileOperation{.action = FileAction::kWrite, .path = std::move(path)};
    case RuleUse::kRead:
      break;
  }
  return FileOperation{.action = FileAction::kRead, .path = std::move(path)};
}

PlaceWords PlaceWordsFor(RuleUse use, const Ruleset& ruleset) {
  PlaceWords words;
  BuiltinWords spoken;
  for (const Policy& layer : ruleset.layers()) {
    const bool builtin = IsBuiltin(layer);
    for (const FileRule& rule : layer.files) {
      if (rule.use != use || (builtin && rule.harmless)) continue;
      if (builtin) {
        spoken.Note(ruleset, layer, rule, words);
      } else if (Counts(ruleset, rule, layer.trust)) {
        words.added.push_back({&layer, &rule});
      }
    }
  }
  words.allowed = spoken.allowed.Words(kAllowed);
  if (spoken.worktree) words.allowed.push_back(kWorktree);
  words.asked = spoken.asked.Words(kAsked);
  words.denied = spoken.denied.Words(kDenied);
  return words;
}

std::string_view ValueOf(std::string_view text) {
  const size_t quote = text.find('"');
  if (quote == std::string_view::npos || text.size() < quote + 2) return text;
  return text.substr(quote + 1, text.size() - quote - 2);
}

}  // namespace usher
