#include "policies/ruleset.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "policies/host_index.h"
#include "policies/host_name.h"
#include "policies/path_index.h"
#include "policies/socket_index.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr std::string_view kNoRule = "no rule";
constexpr std::string_view kMadeInside = "made by this run";
constexpr uint8_t kHarmlessUse = 3;  // beside the values of RuleUse

// A verdict and where it comes from, before it is written out as a Decision.
struct Ruling {
  Verdict verdict = Verdict::kAsk;
  Risk risk = Risk::kOrdinary;
  std::string_view rule = kNoRule;
  std::string_view source;
  const Grant* grant = nullptr;
};

bool IsStricter(const Ruling& a, const Ruling& b) { return a.verdict > b.verdict; }

Decision ToDecision(const Ruling& ruling) {
  Decision decision{.verdict = ruling.verdict, .risk = ruling.risk};
  if (ruling.grant != nullptr) {
    decision.rule = Cat("grant ", ruling.grant->id);
    decision.source = ruling.grant->by;
    decision.grant = ruling.grant->id;
  } else {
    decision.rule = ruling.rule;
    decision.source = ruling.source;
  }
  return decision;
}

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

// A rule that refuses or asks, for names at any depth beneath a directory.
struct RoamingRule {
  PathEntry entry;
  PathPattern anchor;  // what stands before its "**"

  bool Reaches(const PathIndex::Found& place, std::string_view path) const {
    const auto exemptions = absl::MakeConstSpan(place.exemptions.data(), place.exemption_count);
    if (IsLiftable(entry) && PathIndex::Lifts(exemptions, entry)) return false;
    return IsCovered(path, anchor);
  }
};

// Rules that are weighed against each other: of all layers that are trusted, or of one that is not.
struct Group {
  PathIndex files;
  std::vector<const FileRule*> file_rules;
  HostIndex outgoing, listening;
  SocketIndex sockets;
  std::vector<const EnvironmentRule*> environment;
  std::vector<RoamingRule> roaming;
  std::optional<PathPattern> latest_pattern;  // of latest_text
  std::string_view latest_text;
  const FileRule* broken = nullptr;  // a rule whose pattern nobody understands

  void Reserve(size_t more_file_rules) {
    file_rules.reserve(file_rules.size() + more_file_rules);
    files.Reserve(file_rules.capacity());
  }

  void AddFileRule(const FileRule& rule, uint32_t layer) {
    const PathEntry entry{.use = rule.harmless ? kHarmlessUse : static_cast<uint8_t>(rule.use),
                          .verdict = rule.verdict,
                          .risk = rule.risk,
                          .layer = layer,
                          .rule = static_cast<int32_t>(file_rules.size())};
    if (!files.AddPlain(rule.pattern, entry) && !AddPattern(rule, entry)) {
      broken = &rule;
      return;
    }
    file_rules.push_back(&rule);
  }

  // A rule whose pattern is more than a path.
  bool AddPattern(const FileRule& rule, const PathEntry& entry) {
    // One line of a file becomes a rule for each use, one after the other; their pattern is read once.
    if (latest_text != rule.pattern.view()) {
      latest_pattern = PathPattern::Parse(rule.pattern);
      latest_text = rule.pattern;
    }
    if (!latest_pattern) return false;
    const PathEntry added = files.Add(*latest_pattern, entry);
    if (added.any_depth && rule.verdict > Verdict::kAllow && !rule.harmless) {
      PathPattern anchor = *latest_pattern;
      anchor.components.resize(added.anchor);
      roaming.push_back({.entry = added, .anchor = std::move(anchor)});
    }
    return true;
  }

  void Seal() {
    files.Seal();
    outgoing.Seal();
    listening.Seal();
    sockets.Seal();
  }

  std::optional<Ruling> JudgeFile(RuleUse use, std::string_view path, bool carries_subtree, bool makes_directory) const;
  std::optional<Ruling> JudgeMove(std::string_view from, std::string_view to) const;
  Extent ExtentBeneath(RuleUse use, std::string_view directory, bool silence_is_consent) const;
  std::optional<Ruling> JudgeNet(const NetOperation& net, bool silence_is_consent) const;
  std::optional<Ruling> JudgeSocket(std::string_view name) const;
  std::optional<bool> Passes(std::string_view variable) const;
};

std::optional<Ruling> Group::JudgeFile(RuleUse use, std::string_view path, bool carries_subtree,
                                       bool makes_directory) const {
  if (broken != nullptr) return Ruling{.verdict = Verdict::kDeny, .rule = broken->text, .source = broken->source};
  // A directory that is only just made holds nothing that could run later.
  PathIndex::Query query{.beneath = carries_subtree, .exempting_use = kHarmlessUse, .skip_runs_later = makes_directory};
  constexpr auto kRead = static_cast<uint8_t>(RuleUse::kRead);
  const auto wanted = static_cast<uint8_t>(use);
  PathIndex::Found found = files.Find(path, query);
  if (found.malformed) return Ruling{.verdict = Verdict::kDeny, .rule = "not a canonical path"};
  const auto liftable = [&](uint8_t of) { return found.best[of] != nullptr && IsLiftable(*found.best[of]); };
  if (found.exemption_count > 0 && (liftable(wanted) || liftable(kRead))) {
    const auto exemptions = found.exemptions;
    query.lifted = absl::MakeConstSpan(exemptions.data(), found.exemption_count);
    found = files.Find(path, query);
  }
  const PathEntry* entry = found.best[wanted];
  // What is hidden is hidden from every use.
  const PathEntry* read = found.best[kRead];
  if (read != nullptr && read->verdict == Verdict::kHide) {
    if (entry == nullptr || entry->verdict != Verdict::kHide) entry = read;
  }
  std::optional<Ruling> ruling;
  const auto to_ruling = [&](const PathEntry& from) {
    return RulingOf(*file_rules[static_cast<size_t>(from.rule)], from.risk);
  };
  if (entry != nullptr) ruling = to_ruling(*entry);
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
std::optional<Ruling> Group::JudgeMove(std::string_view from, std::string_view to) const {
  std::vector<uint32_t> beneath_source, beneath_target;
  PathIndex::Query query{.beneath = true, .exempting_use = kHarmlessUse, .exempting_beneath = &beneath_source};
  const PathIndex::Found source = files.Find(from, query);
  query.exempting_beneath = &beneath_target;
  const PathIndex::Found target = files.Find(to, query);
  std::sort(beneath_source.begin(), beneath_source.end());
  std::sort(beneath_target.begin(), beneath_target.end());
  const bool same_beneath = beneath_source == beneath_target;
  for (const RoamingRule& rule : roaming) {
    const bool before = rule.Reaches(source, from), after = rule.Reaches(target, to);
    if (before == after && (!before || same_beneath || !IsLiftable(rule.entry))) continue;
    Ruling ruling = RulingOf(*file_rules[static_cast<size_t>(rule.entry.rule)], rule.entry.risk);
    ruling.verdict = Verdict::kAsk;
    return ruling;
  }
  return std::nullopt;
}

Extent Group::ExtentBeneath(RuleUse use, std::string_view directory, bool silence_is_consent) const {
  // A name that no rule has in mind stands for all the others.
  const std::string any = Cat(directory == "/" ? "" : directory, "/\x01");
  const std::optional<Ruling> others = JudgeFile(use, any, false, false);
  const std::optional<Ruling> deeper = JudgeFile(use, Cat(any, "/\x01"), false, false);
  const auto closed = [&](const std::optional<Ruling>& ruling) {
    return ruling ? ruling->verdict != Verdict::kAllow : !silence_is_consent;
  };
  if (closed(others) != closed(deeper)) return Extent::kPart;  // a rule for the names here, but not for what is in them
  if (closed(others)) return Extent::kNothing;
  const PathIndex::Found beneath = files.Find(directory, {.beneath = true, .exempting_use = kHarmlessUse});
  const PathIndex::Found place = files.Find(any, {.exempting_use = kHarmlessUse});
  const auto narrows = [use](const PathEntry& entry) {
    if (entry.use == static_cast<uint8_t>(use)) return entry.verdict > Verdict::kAllow;
    return entry.use == static_cast<uint8_t>(RuleUse::kRead) && entry.verdict == Verdict::kHide;
  };
  for (const PathEntry* entry : beneath.beneath) {
    if (entry != nullptr && narrows(*entry)) return Extent::kPart;
  }
  for (const RoamingRule& rule : roaming) {
    if (narrows(rule.entry) && rule.Reaches(place, directory)) return Extent::kButForScattered;
  }
  return Extent::kEverything;
}

std::optional<Ruling> Group::JudgeNet(const NetOperation& net, bool silence_is_consent) const {
  const IpAddress address = JudgedAddress(net);
  const auto names = JudgedNames(net);
  const auto of = [](const HostRule* rule) -> std::optional<Ruling> {
    if (rule == nullptr) return std::nullopt;
    return RulingOf(*rule, Risk::kNetwork);
  };
  if (IsListening(net)) return of(listening.FindByAddress(address, net.port));
  // Whatever name led here, a denied address is denied.
  const HostRule* by_range = outgoing.FindByRange(address, net.port);
  if (by_range != nullptr && by_range->verdict >= Verdict::kDeny) return of(by_range);
  if (names.empty()) return of(outgoing.FindByAddress(address, net.port));
  // Several names of one address: no one can tell which is meant. A denied one denies; else one that is allowed is
  // enough, because this very address may be reached by it.
  const HostRule* loosest = nullptr;
  bool silent = false;
  for (const std::string& name : names) {
    const HostRule* rule = outgoing.FindByName(WithoutRootDot(name), address, net.port);
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

std::optional<Ruling> Group::JudgeSocket(std::string_view name) const {
  const SocketRule* rule = sockets.Find(name);
  if (rule == nullptr) return std::nullopt;
  return RulingOf(*rule, rule->risk);
}

std::optional<bool> Group::Passes(std::string_view variable) const {
  std::optional<bool> passes;
  size_t length = 0;
  for (const EnvironmentRule* rule : environment) {
    if (!GlobMatches(rule->pattern, variable)) continue;
    const size_t literal = LiteralLength(rule->pattern);
    if (passes && (literal < length || (literal == length && rule->pass))) continue;
    passes = rule->pass;
    length = literal;
  }
  return passes;
}

// What makes two rules speak of the very same thing.
std::string KeyOf(const FileRule& rule) {
  return Cat(rule.harmless ? kHarmlessUse : static_cast<int>(rule.use), " ", rule.pattern);
}
std::string KeyOf(const HostRule& rule) {
  const HostPattern& pattern = rule.pattern;
  return Cat(rule.listen ? "listen " : "", static_cast<int>(pattern.kind), " ", pattern.name, " ",
             pattern.range.ToString(), " ", pattern.port_low, "-", pattern.port_high);
}
std::string KeyOf(const SocketRule& rule) { return std::string(rule.pattern); }
std::string KeyOf(const EnvironmentRule& rule) { return std::string(rule.pattern); }

}  // namespace

struct Ruleset::Index {
  std::vector<Policy> layers;
  std::vector<std::unique_ptr<Group>> groups;  // the first is that of all trusted layers

  explicit Index(std::vector<Policy> policies) : layers(std::move(policies)) {
    groups.push_back(std::make_unique<Group>());
    for (uint32_t number = 0; number < layers.size(); ++number) {
      if (layers[number].trust == Trust::kTighten) groups.push_back(std::make_unique<Group>());
    }
    for (size_t number = 0, untrusted = 0; number < layers.size(); ++number) {
      Group& group = *groups[layers[number].trust == Trust::kFull ? 0 : ++untrusted];
      group.Reserve(layers[number].files.size());
    }
    Add(&Policy::files, [](Group& group, const FileRule& rule, uint32_t layer) { group.AddFileRule(rule, layer); });
    Add(&Policy::hosts, [](Group& group, const HostRule& rule, uint32_t) {
      (rule.listen ? group.listening : group.outgoing).Add(rule);
    });
    Add(&Policy::sockets, [](Group& group, const SocketRule& rule, uint32_t layer) { group.sockets.Add(rule, layer); });
    Add(&Policy::environment,
        [](Group& group, const EnvironmentRule& rule, uint32_t) { group.environment.push_back(&rule); });
    for (const auto& group : groups) group->Seal();
  }

  // Puts the rules of one kind into their groups, built-in ones that a trusted layer above states anew left out.
  template <typename Rule, typename AddRule>
  void Add(std::vector<Rule> Policy::*rules, AddRule add_rule) {
    absl::flat_hash_map<std::string, uint32_t> stated;  // the strongest layer that states a rule for this key
    for (uint32_t number = 0; number < layers.size(); ++number) {
      if (IsBuiltin(layers[number]) || layers[number].trust != Trust::kFull) continue;
      for (const Rule& rule : layers[number].*rules) stated[KeyOf(rule)] = number;
    }
    size_t untrusted = 0;
    for (uint32_t number = 0; number < layers.size(); ++number) {
      const bool trusted = layers[number].trust == Trust::kFull;
      Group& group = *groups[trusted ? 0 : ++untrusted];
      for (const Rule& rule : layers[number].*rules) {
        if (trusted && IsBuiltin(layers[number]) && !stated.empty()) {
          const auto again = stated.find(KeyOf(rule));
          if (again != stated.end() && again->second > number) continue;
        }
        add_rule(group, rule, number);
      }
    }
  }

  // What the trusted layers say, made stricter by the others. `judge` asks one group.
  template <typename Judge>
  Ruling Join(Ruling when_silent, Judge judge) const {
    Ruling ruling = judge(*groups.front(), false).value_or(when_silent);
    for (size_t i = 1; i < groups.size(); ++i) {
      const std::optional<Ruling> tighter = judge(*groups[i], true);
      if (tighter && IsStricter(*tighter, ruling)) ruling = *tighter;
    }
    return ruling;
  }

  Ruling JudgePath(RuleUse use, std::string_view path, bool carries_subtree, bool makes_directory) const {
    return Join(Ruling{},
                [&](const Group& group, bool) { return group.JudgeFile(use, path, carries_subtree, makes_directory); });
  }

  Ruling operator()(const FileOperation& file) const {
    if (file.action == FileAction::kRead) return JudgePath(RuleUse::kRead, file.path, false, false);
    const bool makes_directory = file.action == FileAction::kCreate && file.is_directory && !file.carries_subtree;
    const Ruling ruling = JudgePath(RuleUse::kWrite, file.path, file.carries_subtree, makes_directory);
    if (!file.carries_subtree || file.moved_from.empty()) return ruling;
    const Ruling move = Join(Ruling{.verdict = Verdict::kAllow},
                             [&](const Group& group, bool) { return group.JudgeMove(file.moved_from, file.path); });
    return std::pair(move.verdict, move.risk) > std::pair(ruling.verdict, ruling.risk) ? move : ruling;
  }

  Ruling operator()(const ExecOperation& exec) const {
    const Ruling program = JudgePath(RuleUse::kExec, exec.path, false, false);
    if (exec.interpreter.empty()) return program;
    const Ruling interpreter = JudgePath(RuleUse::kExec, exec.interpreter, false, false);
    return IsStricter(interpreter, program) ? interpreter : program;
  }

  Ruling operator()(const NetOperation& net) const {
    Ruling ruling = Join({.risk = Risk::kNetwork}, [&](const Group& group, bool silence_is_consent) {
      return group.JudgeNet(net, silence_is_consent);
    });
    if (ruling.verdict != Verdict::kAsk) return ruling;
    if (net.made_inside && !IsListening(net)) return {.verdict = Verdict::kAllow, .rule = "a port opened inside"};
    // A program that sends datagrams names its own end first, with any free port. That is no service.
    if (net.action == NetAction::kBind && net.transport == Transport::kUdp && net.port == 0) {
      return {.verdict = Verdict::kAllow, .rule = "any free port, to send from"};
    }
    return ruling;
  }

  Ruling operator()(const UnixSocketOperation& socket) const {
    if (socket.action == UnixAction::kBind) {
      if (socket.name.starts_with('@')) return {.verdict = Verdict::kAllow, .rule = "an abstract socket of its own"};
      return JudgePath(RuleUse::kWrite, socket.name, false, false);
    }
    const Ruling closed{.verdict = Verdict::kDeny, .risk = Risk::kEscape};
    bool spoken_of = false;
    const Ruling ruling = Join(closed, [&](const Group& group, bool) {
      const std::optional<Ruling> found = group.JudgeSocket(socket.name);
      spoken_of = spoken_of || found.has_value();
      return found;
    });
    if (socket.made_inside && (ruling.verdict == Verdict::kAsk || !spoken_of)) {
      return {.verdict = Verdict::kAllow, .rule = "a socket opened inside"};
    }
    return ruling;
  }

  Ruling operator()(const ProcessOperation& process) const {
    if (process.inside) return {.verdict = Verdict::kAllow, .rule = "processes inside the sandbox"};
    return {.verdict = Verdict::kDeny, .rule = "processes outside the sandbox"};
  }

  // Whether a yes to `scope` is meant for this operation, over and above Covers.
  bool YesReaches(const Scope& scope, const Operation& operation, Risk risk) const {
    const auto* file_scope = std::get_if<FileScope>(&scope);
    if (file_scope == nullptr || !file_scope->tree) return true;
    if (risk != Risk::kOrdinary) return ObjectOf(operation) == file_scope->path;
    const auto* exec = std::get_if<ExecOperation>(&operation);
    if (exec == nullptr || exec->interpreter.empty()) return true;
    // A yes for a directory is none for an interpreter elsewhere that a script in it names.
    if (JudgePath(RuleUse::kExec, exec->interpreter, false, false).verdict == Verdict::kAllow) return true;
    return Covers(scope, ExecOperation{.path = exec->interpreter});
  }
};

Ruleset::Ruleset(std::vector<Policy> layers) : index_(std::make_unique<Index>(std::move(layers))) {}
Ruleset::~Ruleset() = default;
Ruleset::Ruleset(Ruleset&&) noexcept = default;
Ruleset& Ruleset::operator=(Ruleset&&) noexcept = default;

Decision Ruleset::Decide(const Operation& operation, absl::Span<const Grant> grants) const {
  Ruling ruling = std::visit(*index_, operation);
  if (ruling.verdict != Verdict::kAsk) return ToDecision(ruling);
  for (const Grant& grant : grants) {
    if (!Covers(grant.scope, operation)) continue;
    if (!grant.allow) {
      ruling.verdict = Verdict::kDeny;
      ruling.grant = &grant;
      break;  // a no outlives any yes
    }
    if (ruling.grant == nullptr && index_->YesReaches(grant.scope, operation, ruling.risk)) {
      ruling.verdict = Verdict::kAllow;
      ruling.grant = &grant;
    }
  }
  // What the sandbox made itself in /tmp or /dev/shm is its own: nobody else's program reads it there by accident.
  const auto* file = std::get_if<FileOperation>(&operation);
  if (ruling.verdict == Verdict::kAsk && ruling.risk == Risk::kOrdinary && file != nullptr && file->made_inside) {
    ruling.verdict = Verdict::kAllow;
    ruling.rule = kMadeInside;
    ruling.source = {};
  }
  return ToDecision(ruling);
}

Extent Ruleset::AllowedBeneath(RuleUse use, std::string_view directory) const {
  Extent extent = index_->groups.front()->ExtentBeneath(use, directory, /*silence_is_consent=*/false);
  for (size_t i = 1; i < index_->groups.size(); ++i) {
    extent = std::min(extent, index_->groups[i]->ExtentBeneath(use, directory, /*silence_is_consent=*/true));
  }
  return extent;
}

bool Ruleset::PassesEnvironment(std::string_view name) const {
  if (!index_->groups.front()->Passes(name).value_or(false)) return false;
  return std::all_of(index_->groups.begin() + 1, index_->groups.end(),
                     [&](const auto& group) { return group->Passes(name).value_or(true); });
}

const std::vector<Policy>& Ruleset::layers() const { return index_->layers; }

}  // namespace usher
