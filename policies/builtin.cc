// BuiltinPolicy: the policies that come with the program, made of the tables of builtin_table.h and of what the run is.

#include <array>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "policies/builtin_table.h"
#include "policies/escape.h"
#include "policies/expansion.h"
#include "policies/parser.h"
#include "policies/path_pattern.h"
#include "policies/text.h"

namespace usher {
namespace {

// The directories of this run, and the patterns made of them.
class Places {
 public:
  explicit Places(const PolicyContext& context) {
    Set(BuiltinRoot::kHome, context.home);
    Set(BuiltinRoot::kWorkspace, context.workspace);
    Set(BuiltinRoot::kTemporary, context.temporary);
    Set(BuiltinRoot::kRuntime, context.runtime);
  }

  // The parser would refuse them; it is asked once instead of for every pattern.
  absl::Status Check() const {
    for (const Root& root : roots_) {
      if (!root.known || PathPattern::Parse(Cat(root.quoted, "/x"))) continue;
      return absl::InvalidArgumentError(
          Cat("\"", Escape(root.quoted),
              "\" is no absolute path without \"..\"; start Usher from a directory that has one"));
    }
    return absl::OkStatus();
  }

  bool Knows(const BuiltinPattern& pattern) const { return pattern.root == BuiltinRoot::kNone || At(pattern).known; }

  // All patterns are written into one text, which must have room for them from the start.
  size_t SizeOf(const BuiltinPattern& pattern) const {
    return pattern.root == BuiltinRoot::kNone ? 0 : At(pattern).quoted.size() + pattern.below.size() + 1;
  }
  void Reserve(size_t bytes) { all_->reserve(bytes); }

  RuleText TextOf(const BuiltinPattern& pattern) {
    if (pattern.root == BuiltinRoot::kNone) return RuleText::Lasting(pattern.below);
    const std::string& root = At(pattern).quoted;
    if (root.empty() && pattern.below.empty()) return RuleText::Lasting("/");
    const size_t start = all_->size();
    all_->append(root).append(pattern.below);
    return RuleText::PartOf(all_, std::string_view(*all_).substr(start));
  }

 private:
  struct Root {
    bool known = false;
    std::string quoted;  // as a pattern, without the last slash
  };

  void Set(BuiltinRoot root, std::string_view path) {
    Root& place = roots_[static_cast<size_t>(root)];
    place.known = !path.empty();
    while (path.ends_with('/')) path.remove_suffix(1);
    place.quoted = QuotePattern(path);
  }
  const Root& At(const BuiltinPattern& pattern) const { return roots_[static_cast<size_t>(pattern.root)]; }

  std::array<Root, 5> roots_;
  std::shared_ptr<std::string> all_ = std::make_shared<std::string>();
};

void AddFile(const BuiltinFileRow& row, const RuleText& pattern, Policy& policy) {
  for (const RuleUse use : {RuleUse::kRead, RuleUse::kWrite, RuleUse::kExec}) {
    if ((row.uses >> static_cast<int>(use) & 1) == 0) continue;
    policy.files.push_back({.use = use,
                            .verdict = row.verdict,
                            .risk = row.risk,
                            .pattern = pattern,
                            .text = RuleText::Lasting(row.text),
                            .source = RuleText::Lasting(row.source),
                            .harmless = row.harmless});
  }
}

absl::Status AddFiles(const BuiltinTable& table, const PolicyContext& context, Places& places, Policy& policy) {
  policy.files.reserve(2 * table.files.size());
  for (const BuiltinFileRow& row : table.files) {
    if (row.pattern.root == BuiltinRoot::kParents) {
      const auto parents = ExpandPath("$PARENTS", context);
      if (!parents.ok()) return parents.status();
      for (const std::string& parent : *parents) AddFile(row, parent, policy);
    } else if (places.Knows(row.pattern)) {
      AddFile(row, places.TextOf(row.pattern), policy);
    }
  }
  return absl::OkStatus();
}

void AddHost(const BuiltinHostRow& row, const PolicyContext& context, Policy& policy) {
  HostRule rule{.listen = row.listen,
                .verdict = row.verdict,
                .text = RuleText::Lasting(row.text),
                .source = RuleText::Lasting(row.source)};
  if (row.name_servers) {
    for (const IpAddress& server : context.name_servers) {
      rule.pattern = PatternOfNameServer(server);
      policy.hosts.push_back(rule);
    }
    return;
  }
  rule.pattern = {.kind = row.kind,
                  .name = std::string(row.name),
                  .range = {.base = {.v6 = row.v6, .bytes = row.address}, .prefix = row.prefix},
                  .port_low = row.port_low,
                  .port_high = row.port_high};
  policy.hosts.push_back(std::move(rule));
}

absl::StatusOr<Policy> Expand(const BuiltinTable& table, const PolicyContext& context) {
  Places places(context);
  if (absl::Status status = places.Check(); !status.ok()) return status;
  size_t bytes = 0;
  for (const BuiltinFileRow& row : table.files) {
    if (row.pattern.root != BuiltinRoot::kParents) bytes += places.SizeOf(row.pattern);
  }
  for (const BuiltinSocketRow& row : table.sockets) bytes += places.SizeOf(row.pattern);
  places.Reserve(bytes);

  Policy policy{.name = std::string(table.name),
                .origin = std::string(table.origin),
                .digest = std::string(table.sha256),
                .hold_seconds = table.hold_seconds,
                .log_reads = table.log_reads};
  if (absl::Status status = AddFiles(table, context, places, policy); !status.ok()) return status;
  for (const BuiltinHostRow& row : table.hosts) AddHost(row, context, policy);
  policy.sockets.reserve(table.sockets.size());
  for (const BuiltinSocketRow& row : table.sockets) {
    if (!places.Knows(row.pattern)) continue;
    policy.sockets.push_back({.verdict = row.verdict,
                              .risk = row.risk,
                              .pattern = places.TextOf(row.pattern),
                              .text = RuleText::Lasting(row.text),
                              .source = RuleText::Lasting(row.source)});
  }
  policy.environment.reserve(table.environment.size());
  for (const BuiltinVariableRow& row : table.environment) {
    policy.environment.push_back({.pass = row.pass,
                                  .pattern = RuleText::Lasting(row.pattern),
                                  .text = RuleText::Lasting(row.text),
                                  .source = RuleText::Lasting(row.source)});
  }
  return policy;
}

}  // namespace

absl::StatusOr<Policy> BuiltinPolicy(std::string_view name, const PolicyContext& context) {
  std::string names;
  for (const BuiltinTable& table : BuiltinTables()) {
    if (table.name == name) return Expand(table, context);
    names += Cat(names.empty() ? "" : ", ", table.name);
  }
  return absl::NotFoundError(Cat("there is no built-in policy \"", Escape(name), "\"; there are: ", names));
}

}  // namespace usher
