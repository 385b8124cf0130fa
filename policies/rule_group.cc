#include "policies/rule_group.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/types/span.h"
#include "policies/host_name.h"
#include "policies/text.h"

namespace usher {
namespace {

template <typename Rule>
Ruling RulingOf(const Rule& rule, Risk risk) {
  return {.verdict = rule.verdict, .risk = risk, .rule = rule.text, .source = rule.source};
}

// Characters of a pattern that stand for themselves: the more of them, the more it says.
size_t LiteralLength(std::string_view pattern) {
  return pattern.size() - static_cast<size_t>(std::count_if(pattern.begin(), pattern.end(),
                                                            [](char c) { return c == '*' || c == '?' || c == '\\'; }));
}

bool IsLiftable(const PathEntry& entry) {
  return entry.any_depth && (entry.risk == Risk::kSecret || entry.risk == Risk::kRunsLater);
}

}  // namespace

void RuleGroup::Reserve(size_t more_file_rules) {
  file_rules_.reserve(file_rules_.size() + more_file_rules);
  files_.Reserve(file_rules_.capacity());
}

void RuleGroup::Add(const FileRule& rule, RuleOrigin origin) {
  const PathEntry entry{.use = rule.harmless ? kHarmlessUse : static_cast<uint8_t>(rule.use),
                        .verdict = rule.verdict,
                        .risk = rule.risk,
                        .layer = origin.layer,
                        .rule = static_cast<int32_t>(file_rules_.size()),
                        .is_default = origin.is_default};
  if (!files_.AddPlain(rule.pattern, entry) && !AddPattern(rule, entry)) {
    broken_ = &rule;
    return;
  }
  if (!origin.is_builtin && !rule.harmless && rule.verdict < Verdict::kHide) openers_.push_back(entry.rule);
  file_rules_.push_back(&rule);
}

bool RuleGroup::AddPattern(const FileRule& rule, const PathEntry& entry) {
  // One line of a file becomes a rule for each use, one after the other; their pattern is read once.
  if (latest_text_ != rule.pattern.view()) {
    latest_pattern_ = PathPattern::Parse(rule.pattern);
    latest_text_ = rule.pattern;
  }
  if (!latest_pattern_) return false;
  const PathEntry added = files_.Add(*latest_pattern_, entry);
  if (added.any_depth) AddScattered(*latest_pattern_);
  if (added.any_depth && rule.verdict > Verdict::kAllow && !rule.harmless) {
    PathPattern anchor = *latest_pattern_;
    anchor.components.resize(added.anchor);
    roaming_.push_back({.entry = added, .anchor = std::move(anchor)});
  }
  return true;
}

// The rest of such a pattern is waited for only beneath that name, where an extent says so (kPart).
void RuleGroup::AddScattered(const PathPattern& pattern) {
  const auto part = std::find_if(
      pattern.components.begin() + static_cast<std::ptrdiff_t>(pattern.AnchorDepth()), pattern.components.end(),
      [](const PatternComponent& component) { return component.kind != PatternComponent::Kind::kAnyDepth; });
  if (part == pattern.components.end()) return;
  // A name with a star in it and a pattern are two.
  const bool is_name = part->kind == PatternComponent::Kind::kLiteral;
  if (!scattered_texts_.insert(is_name ? QuotePattern(part->text) : part->text).second) return;
  scattered_.Add({.components = {*part}}, {});
}

void RuleGroup::Add(const HostRule& rule, RuleOrigin origin) {
  (rule.listen ? listening_ : outgoing_).Add(rule, origin.is_default);
}

void RuleGroup::Add(const SocketRule& rule, RuleOrigin origin) { sockets_.Add(rule, origin.layer); }

void RuleGroup::Add(const EnvironmentRule& rule, RuleOrigin) { environment_.push_back(&rule); }

void RuleGroup::Seal() {
  files_.Seal();
  outgoing_.Seal();
  listening_.Seal();
  sockets_.Seal();
  FindHoles();
}

void RuleGroup::FindHoles() {
  if (roaming_.empty()) return;
  for (const int32_t number : openers_) {
    const FileRule& rule = *file_rules_[static_cast<size_t>(number)];
    const auto pattern = PathPattern::Parse(rule.pattern);
    if (!pattern) continue;
    std::string path, beside;
    for (const PatternComponent& component : pattern->components) {
      if (component.kind != PatternComponent::Kind::kLiteral) {
        path.clear();
        break;
      }
      beside = path;
      AppendTo(path, "/", component.text);
    }
    if (path.empty()) continue;
    beside += "/\x01";  // a name that no rule has in mind
    const PathIndex::Query query{.exempting_use = kHarmlessUse};
    const PathIndex::Found here = files_.Find(path, query), next_to_it = files_.Find(beside, query);
    const auto use = static_cast<uint8_t>(rule.use);
    for (const PathEntry* around : {here.beaten[use], next_to_it.best[use]}) {
      if (around == nullptr || !around->any_depth || around->verdict <= rule.verdict) continue;
      holes_.push_back({path, file_rules_[static_cast<size_t>(around->rule)]});
    }
  }
}

bool RuleGroup::RoamingRule::Reaches(const PathIndex::Found& place, std::string_view path) const {
  const auto exemptions = absl::MakeConstSpan(place.exemptions.data(), place.exemption_count);
  if (IsLiftable(entry) && PathIndex::Lifts(exemptions, entry)) return false;
  return IsCovered(path, anchor);
}

std::optional<Ruling> RuleGroup::JudgeFile(RuleUse use, std::string_view path, bool carries_subtree,
                                           bool makes_directory) const {
  if (broken_ != nullptr) return Ruling{.verdict = Verdict::kDeny, .rule = broken_->text, .source = broken_->source};
  // A directory that is only just made holds nothing that could run later.
  PathIndex::Query query{.beneath = carries_subtree, .exempting_use = kHarmlessUse, .skip_runs_later = makes_directory};
  constexpr auto kRead = static_cast<uint8_t>(RuleUse::kRead);
  const auto wanted = static_cast<uint8_t>(use);
  PathIndex::Found found = files_.Find(path, query);
  if (found.malformed) return Ruling{.verdict = Verdict::kDeny, .rule = "not a canonical path"};
  const auto liftable = [&](uint8_t of) {
    return (found.best[of] != nullptr && IsLiftable(*found.best[of])) ||
           (found.beaten[of] != nullptr && IsLiftable(*found.beaten[of]));
  };
  if (found.exemption_count > 0 && (liftable(wanted) || liftable(kRead))) {
    const auto exemptions = found.exemptions;
    query.lifted = absl::MakeConstSpan(exemptions.data(), found.exemption_count);
    found = files_.Find(path, query);
  }
  const PathEntry* entry = found.best[wanted];
  // What is hidden is hidden from every use.
  const PathEntry* read = found.best[kRead];
  if (read != nullptr && read->verdict == Verdict::kHide) {
    if (entry == nullptr || entry->verdict != Verdict::kHide) entry = read;
  }
  std::optional<Ruling> ruling;
  const auto to_ruling = [&](const PathEntry& from) {
    return RulingOf(*file_rules_[static_cast<size_t>(from.rule)], from.risk);
  };
  if (entry != nullptr) ruling = to_ruling(*entry);
  // Whoever opens a secret, or what runs later, does not make it something else: a receipt says so, and no yes for a
  // directory reaches it.
  if (const PathEntry* beaten = found.beaten[wanted]; ruling && entry == found.best[wanted] && beaten != nullptr) {
    ruling->risk = std::max(ruling->risk, beaten->risk);
  }
  const PathEntry* beneath = carries_subtree ? found.beneath[wanted] : nullptr;
  if (beneath != nullptr && beneath->verdict > Verdict::kAllow) {
    Ruling below = to_ruling(*beneath);
    const Ruling own = ruling.value_or(Ruling{});
    // The directory itself is there for all to see, whatever is hidden in it.
    below.verdict = std::min(below.verdict, Verdict::kDeny);
    if (std::pair(below.verdict, below.risk) > std::pair(own.verdict, own.risk)) ruling = below;
  }
  return ruling;
}

// What a directory holds, at any depth, is not known here. So where a rule for any depth reaches one end of its way and
// not the other, somebody is asked: run-later names may have been filled in where they were free, secrets may be read
// where they are. And the same where something beneath would be harmless at one end only (".venv" of ".venv/lib").
std::optional<Ruling> RuleGroup::JudgeMove(std::string_view from, std::string_view to) const {
  std::vector<uint32_t> beneath_source, beneath_target;
  PathIndex::Query query{.beneath = true, .exempting_use = kHarmlessUse, .exempting_beneath = &beneath_source};
  const PathIndex::Found source = files_.Find(from, query);
  query.exempting_beneath = &beneath_target;
  const PathIndex::Found target = files_.Find(to, query);
  std::sort(beneath_source.begin(), beneath_source.end());
  std::sort(beneath_target.begin(), beneath_target.end());
  const bool same_beneath = beneath_source == beneath_target;
  for (const RoamingRule& rule : roaming_) {
    const bool before = rule.Reaches(source, from), after = rule.Reaches(target, to);
    if (before == after && (!before || same_beneath || !IsLiftable(rule.entry))) continue;
    Ruling ruling = RulingOf(*file_rules_[static_cast<size_t>(rule.entry.rule)], rule.entry.risk);
    ruling.verdict = Verdict::kAsk;
    return ruling;
  }
  // And the same where one name is open that is closed elsewhere: by moving another directory there, or this one away,
  // it would be that one's.
  for (const Hole& hole : holes_) {
    if (!LiesBeneath(hole.path, from) && !LiesBeneath(hole.path, to)) continue;
    Ruling ruling = RulingOf(*hole.around, hole.around->risk);
    ruling.verdict = Verdict::kAsk;
    return ruling;
  }
  return std::nullopt;
}

Extent RuleGroup::ExtentBeneath(RuleUse use, std::string_view directory, bool silence_is_consent) const {
  // A name that no rule has in mind stands for all the others.
  const std::string any = Cat(directory == "/" ? "" : directory, "/\x01");
  const std::optional<Ruling> others = JudgeFile(use, any, false, false);
  const std::optional<Ruling> deeper = JudgeFile(use, Cat(any, "/\x01"), false, false);
  const auto closed = [&](const std::optional<Ruling>& ruling) {
    return ruling ? ruling->verdict != Verdict::kAllow : !silence_is_consent;
  };
  if (closed(others) != closed(deeper)) return Extent::kPart;  // a rule for the names here, but not for what is in them
  if (closed(others)) return Extent::kNothing;
  const PathIndex::Found beneath = files_.Find(directory, {.beneath = true, .exempting_use = kHarmlessUse});
  const PathIndex::Found place = files_.Find(any, {.exempting_use = kHarmlessUse});
  const auto narrows = [use](const PathEntry& entry) {
    if (entry.use == static_cast<uint8_t>(use)) return entry.verdict > Verdict::kAllow;
    return entry.use == static_cast<uint8_t>(RuleUse::kRead) && entry.verdict == Verdict::kHide;
  };
  for (const PathEntry* entry : beneath.beneath) {
    if (entry != nullptr && narrows(*entry)) return Extent::kPart;
  }
  for (const RoamingRule& rule : roaming_) {
    if (narrows(rule.entry) && rule.Reaches(place, directory)) return Extent::kButForScattered;
  }
  return Extent::kEverything;
}

bool RuleGroup::HasScattered(std::string_view name) const {
  if (broken_ != nullptr) return true;
  return scattered_.Find(Cat("/", name), {}).best[0] != nullptr;
}

std::optional<Ruling> RuleGroup::JudgeNet(const NetOperation& net, bool silence_is_consent) const {
  const IpAddress address = JudgedAddress(net);
  const auto names = JudgedNames(net);
  const auto of = [](const HostRule* rule) -> std::optional<Ruling> {
    if (rule == nullptr) return std::nullopt;
    return RulingOf(*rule, Risk::kNetwork);
  };
  if (IsListening(net)) return of(listening_.FindByAddress(address, net.port));
  // Whatever name led here, a denied address is denied.
  const HostRule* by_range = outgoing_.FindByRange(address, net.port);
  if (by_range != nullptr && by_range->verdict >= Verdict::kDeny) return of(by_range);
  if (names.empty()) return of(outgoing_.FindByAddress(address, net.port));
  // Several names of one address: no one can tell which is meant. A denied one denies; else one that is allowed is
  // enough, because this very address may be reached by it.
  const HostRule* loosest = nullptr;
  bool silent = false;
  for (const std::string& name : names) {
    const HostRule* rule = outgoing_.FindByName(WithoutRootDot(name), address, net.port);
    if (rule == nullptr) {
      silent = true;
    } else if (rule->verdict >= Verdict::kDeny) {
      return of(rule);
    } else if (loosest == nullptr || rule->verdict < loosest->verdict) {
      loosest = rule;
    }
  }
  if (silent && silence_is_consent) return std::nullopt;
  return of(loosest);
}

std::optional<Ruling> RuleGroup::JudgeSocket(std::string_view name) const {
  const SocketRule* rule = sockets_.Find(name);
  if (rule == nullptr) return std::nullopt;
  return RulingOf(*rule, rule->risk);
}

std::optional<bool> RuleGroup::Passes(std::string_view variable) const {
  std::optional<bool> passes;
  size_t length = 0;
  for (const EnvironmentRule* rule : environment_) {
    if (!GlobMatches(rule->pattern, variable)) continue;
    const size_t literal = LiteralLength(rule->pattern);
    if (passes && (literal < length || (literal == length && rule->pass))) continue;
    passes = rule->pass;
    length = literal;
  }
  return passes;
}

}  // namespace usher
