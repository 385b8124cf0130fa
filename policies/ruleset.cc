#include "policies/ruleset.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "policies/host_name.h"
#include "policies/rule_group.h"
#include "policies/text.h"

namespace usher {
namespace {

constexpr std::string_view kMadeInside = "made by this run";

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
  std::vector<std::unique_ptr<RuleGroup>> groups;  // the first is that of all trusted layers

  explicit Index(std::vector<Policy> policies) : layers(std::move(policies)) {
    groups.push_back(std::make_unique<RuleGroup>());
    for (uint32_t number = 0; number < layers.size(); ++number) {
      if (layers[number].trust == Trust::kTighten) groups.push_back(std::make_unique<RuleGroup>());
    }
    for (size_t number = 0, untrusted = 0; number < layers.size(); ++number) {
      RuleGroup& group = *groups[layers[number].trust == Trust::kFull ? 0 : ++untrusted];
      group.Reserve(layers[number].files.size());
    }
    Add(&Policy::files);
    Add(&Policy::hosts);
    Add(&Policy::sockets);
    Add(&Policy::environment);
    for (const auto& group : groups) group->Seal();
  }

  // Built in, with a trusted file above it. Usher's own places are built in too, and nobody stands above those.
  bool IsDefault(uint32_t number) const {
    return IsBuiltin(layers[number]) && std::any_of(layers.begin() + number, layers.end(), [](const Policy& above) {
             return above.trust == Trust::kFull && !IsBuiltin(above);
           });
  }

  // Puts the rules of one kind into their groups, built-in ones that a trusted layer above states anew left out.
  template <typename Rule>
  void Add(std::vector<Rule> Policy::*rules) {
    absl::flat_hash_map<std::string, uint32_t> stated;  // the strongest layer that states a rule for this key
    for (uint32_t number = 0; number < layers.size(); ++number) {
      if (IsBuiltin(layers[number]) || layers[number].trust != Trust::kFull) continue;
      for (const Rule& rule : layers[number].*rules) stated[KeyOf(rule)] = number;
    }
    size_t untrusted = 0;
    for (uint32_t number = 0; number < layers.size(); ++number) {
      const bool trusted = layers[number].trust == Trust::kFull;
      RuleGroup& group = *groups[trusted ? 0 : ++untrusted];
      const RuleOrigin origin{
          .layer = number, .is_builtin = IsBuiltin(layers[number]), .is_default = IsDefault(number)};
      for (const Rule& rule : layers[number].*rules) {
        if (trusted && IsBuiltin(layers[number]) && !stated.empty()) {
          const auto again = stated.find(KeyOf(rule));
          if (again != stated.end() && again->second > number) continue;
        }
        group.Add(rule, origin);
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
    return Join(Ruling{}, [&](const RuleGroup& group, bool) {
      return group.JudgeFile(use, path, carries_subtree, makes_directory);
    });
  }

  Ruling operator()(const FileOperation& file) const {
    if (file.action == FileAction::kRead) return JudgePath(RuleUse::kRead, file.path, false, false);
    const bool makes_directory = file.action == FileAction::kCreate && file.is_directory && !file.carries_subtree;
    const Ruling ruling = JudgePath(RuleUse::kWrite, file.path, file.carries_subtree, makes_directory);
    if (!file.carries_subtree || file.moved_from.empty()) return ruling;
    const Ruling move = Join(Ruling{.verdict = Verdict::kAllow},
                             [&](const RuleGroup& group, bool) { return group.JudgeMove(file.moved_from, file.path); });
    return std::pair(move.verdict, move.risk) > std::pair(ruling.verdict, ruling.risk) ? move : ruling;
  }

  Ruling operator()(const ExecOperation& exec) const {
    const Ruling program = JudgePath(RuleUse::kExec, exec.path, false, false);
    if (exec.interpreter.empty()) return program;
    const Ruling interpreter = JudgePath(RuleUse::kExec, exec.interpreter, false, false);
    return IsStricter(interpreter, program) ? interpreter : program;
  }

  Ruling operator()(const NetOperation& net) const {
    Ruling ruling = Join({.risk = Risk::kNetwork}, [&](const RuleGroup& group, bool silence_is_consent) {
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
    const Ruling ruling = Join(closed, [&](const RuleGroup& group, bool) {
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

bool Ruleset::HasRuleForName(std::string_view name) const {
  return std::any_of(index_->groups.begin(), index_->groups.end(),
                     [name](const auto& group) { return group->HasScattered(name); });
}

bool Ruleset::PassesEnvironment(std::string_view name) const {
  if (!index_->groups.front()->Passes(name).value_or(false)) return false;
  return std::all_of(index_->groups.begin() + 1, index_->groups.end(),
                     [&](const auto& group) { return group->Passes(name).value_or(true); });
}

int Ruleset::HoldSeconds() const {
  int hold = 60;
  for (const Policy& layer : index_->layers) {
    if (layer.hold_seconds == 0) continue;
    hold = layer.trust == Trust::kTighten ? std::min(hold, layer.hold_seconds) : layer.hold_seconds;
  }
  return hold;
}

const std::vector<Policy>& Ruleset::layers() const { return index_->layers; }

}  // namespace usher
