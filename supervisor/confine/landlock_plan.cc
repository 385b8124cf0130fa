#include "supervisor/confine/landlock_plan.h"

#include <linux/landlock.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "policies/path_pattern.h"
#include "policies/text.h"
#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

constexpr int kMaxDepth = 64;  // of a walk below one root

// What a name means in the first two depends on who looks, or on whom the object belongs to: only the monitor knows.
// The third has no end.
constexpr std::string_view kNotOfTheFloor[] = {"/proc", "/dev", "/sys"};
constexpr std::string_view kPlainDevices[] = {"/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"};

bool LiesBeneath(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool IsPlainDevice(std::string_view path) {
  return std::find(std::begin(kPlainDevices), std::end(kPlainDevices), path) != std::end(kPlainDevices);
}

bool IsForTheMonitor(std::string_view path) {
  if (IsPlainDevice(path)) return false;
  return std::any_of(std::begin(kNotOfTheFloor), std::end(kNotOfTheFloor),
                     [&](std::string_view directory) { return LiesBeneath(path, directory); });
}

// The path that a pattern is, when it is one: no glob, no "**", and not a single directory without its contents.
std::string PlainPath(std::string_view text) {
  const auto pattern = PathPattern::Parse(text);
  if (!pattern || pattern->exact) return "";
  std::string path;
  for (const PatternComponent& component : pattern->components) {
    if (component.kind != PatternComponent::Kind::kLiteral) return "";
    path += Concat("/", component.text);
  }
  return path;
}

// Where the policy starts to allow something: below these lies all that the floor can grant.
class Roots {
 public:
  Roots(const Ruleset& rules, FloorUse use) {
    if (use != FloorUse::kRunning) {
      Take(rules, {RuleUse::kRead, RuleUse::kExec}, [](const std::string&) { return true; });
      if (use == FloorUse::kAlone) Take(rules, {RuleUse::kWrite}, [](const std::string&) { return true; });
      return;
    }
    Take(rules, {RuleUse::kExec}, [](const std::string&) { return true; });
    // Where only reading starts to be allowed, something that may be run already does too.
    const absl::flat_hash_set<std::string> run = seen_;
    Take(rules, {RuleUse::kRead}, [&run](const std::string& path) {
      for (size_t end = path.rfind('/'); end != std::string::npos && end > 0; end = path.rfind('/', end - 1)) {
        if (run.contains(path.substr(0, end))) return true;
      }
      return false;
    });
  }

  const std::vector<std::string>& paths() const { return paths_; }

 private:
  template <typename Wanted>
  void Take(const Ruleset& rules, std::initializer_list<RuleUse> uses, Wanted wanted) {
    for (const Policy& layer : rules.layers()) {
      for (const FileRule& rule : layer.files) {
        if (rule.verdict != Verdict::kAllow || rule.harmless) continue;
        if (std::find(uses.begin(), uses.end(), rule.use) == uses.end()) continue;
        std::string path = PlainPath(rule.pattern);
        if (path.empty() || IsForTheMonitor(path) || !wanted(path)) continue;
        if (seen_.insert(path).second) paths_.push_back(std::move(path));
      }
    }
  }

  std::vector<std::string> paths_;
  absl::flat_hash_set<std::string> seen_;
};

// What the roots are, most of which are not there on a given host: a directory that some of them lie in (the home) is
// listed once, instead of asking for each.
class RootKinds {
 public:
  RootKinds(const std::vector<std::string>& roots, TreeView& tree) : tree_(tree) {
    constexpr size_t kMany = 4;
    absl::flat_hash_map<std::string, size_t> in;  // by directory
    for (const std::string& root : roots) {
      const std::string directory = root.substr(0, root.rfind('/'));
      if (!directory.empty() && ++in[directory] == kMany) ListOnce(directory);
    }
  }

  PlaceKind Of(const std::string& root) const {
    for (const Listing& listing : listings_) {
      if (root.size() <= listing.directory.size() + 1 || !LiesBeneath(root, listing.directory)) continue;
      const std::string_view rest = std::string_view(root).substr(listing.directory.size() + 1);
      const std::string_view name = rest.substr(0, rest.find('/'));
      const auto entry = listing.kinds.find(std::string(name));
      if (entry == listing.kinds.end() || entry->second == PlaceKind::kUnopened) return PlaceKind::kNothing;
      if (name == rest && entry->second != PlaceKind::kOther) return entry->second;
    }
    return tree_.KindOf(root);
  }

 private:
  struct Listing {
    std::string directory;
    absl::flat_hash_map<std::string, PlaceKind> kinds;
  };

  void ListOnce(std::string directory) {
    auto entries = tree_.List(directory);
    if (!entries) return;  // or one that may be entered but not listed
    Listing listing{std::move(directory), {}};
    for (TreeView::Entry& entry : *entries) listing.kinds.emplace(std::move(entry.name), entry.kind);
    listings_.push_back(std::move(listing));
  }

  TreeView& tree_;
  std::vector<Listing> listings_;
};

struct Rights {
  bool read = false, run = false, write = false;
  bool any() const { return read || run || write; }
  friend Rights operator&(Rights a, Rights b) { return {a.read && b.read, a.run && b.run, a.write && b.write}; }
  friend Rights operator|(Rights a, Rights b) { return {a.read || b.read, a.run || b.run, a.write || b.write}; }
  friend Rights operator-(Rights a, Rights b) { return {a.read && !b.read, a.run && !b.run, a.write && !b.write}; }
};

// What was found below one directory.
struct Found {
  Rights whole;                  // hold for the directory and all that is in it
  std::vector<FloorRule> rules;  // the others, one by one
};

class Planner {
 public:
  Planner(const Ruleset& rules, FloorUse use, TreeView& tree) : rules_(rules), use_(use), tree_(tree) {}

  // Whole roots cost one look each and come first; those with something in them are walked while there is time, the
  // ones that programs are run from before the others: a program that the floor does not know costs a copy each time.
  FloorPlan Plan() {
    std::vector<std::string> directories;
    const Roots roots(rules_, use_);
    const RootKinds kinds(roots.paths(), tree_);
    for (const std::string& root : roots.paths()) {
      const PlaceKind kind = kinds.Of(root);
      if (kind == PlaceKind::kDirectory && NeedsNoLook(root)) {
        Add(root, true, Surely(root).whole, plan_.rules);
      } else if (kind == PlaceKind::kDirectory) {
        directories.push_back(root);
      } else if (kind == PlaceKind::kFile || (kind == PlaceKind::kOther && IsPlainDevice(root))) {
        Add(root, false, AllowedFor(root, {true, kind == PlaceKind::kFile, true}), plan_.rules);
      }
    }
    std::stable_partition(directories.begin(), directories.end(), [this](const std::string& root) {
      return rules_.AllowedBeneath(RuleUse::kExec, root) != Extent::kNothing;
    });
    for (const std::string& root : directories) {
      Found found = Look(root, {true, true, true}, 0);
      Add(root, true, found.whole, plan_.rules);
      plan_.rules.insert(plan_.rules.end(), found.rules.begin(), found.rules.end());
    }
    return std::move(plan_);
  }

 private:
  // What the rules alone say of a directory, before anybody looks into it.
  struct ByRule {
    Rights whole;      // allowed for everything beneath, now and later
    Rights scattered;  // and these but for names at any depth
    Rights part;       // and these for some of it
  };

  static void Add(const std::string& path, bool is_directory, Rights rights, std::vector<FloorRule>& rules) {
    if (rights.any()) rules.push_back({path, is_directory, rights.read, rights.run, rights.write});
  }

  // A file.
  Rights AllowedFor(const std::string& path, Rights wanted) const {
    const Rights allowed{wanted.read && MayRead(path, false),
                         wanted.run && rules_.Decide(ExecOperation{.path = path}).verdict == Verdict::kAllow,
                         wanted.write && MayWrite(path)};
    if (use_ == FloorUse::kRunning && !(allowed.read && allowed.run)) return {};
    return allowed;
  }

  bool MayRead(const std::string& path, bool is_directory) const {
    return rules_.Decide(FileOperation{.path = path, .is_directory = is_directory}).verdict == Verdict::kAllow;
  }

  bool MayWrite(const std::string& path) const {
    if (use_ != FloorUse::kAlone) return false;
    return rules_.Decide(FileOperation{.action = FileAction::kWrite, .path = path}).verdict == Verdict::kAllow;
  }

  ByRule Surely(const std::string& directory) const {
    Extent read = rules_.AllowedBeneath(RuleUse::kRead, directory);
    Extent run = rules_.AllowedBeneath(RuleUse::kExec, directory);
    // A rule for the directory alone may forbid to list it; the right to list its children would be one to list it too.
    if (read > Extent::kPart && !MayRead(directory, true)) read = Extent::kPart;
    if (use_ == FloorUse::kRunning) read = run = std::min(read, run);
    ByRule by_rule;
    const Extent write =
        use_ == FloorUse::kAlone ? rules_.AllowedBeneath(RuleUse::kWrite, directory) : Extent::kNothing;
    const auto where = [&](Extent extent) { return Rights{read == extent, run == extent, write == extent}; };
    by_rule.whole = where(Extent::kEverything);
    by_rule.scattered = where(Extent::kButForScattered);
    by_rule.part = where(Extent::kPart);
    return by_rule;
  }

  bool NeedsNoLook(const std::string& directory) const {
    const ByRule by_rule = Surely(directory);
    return !(by_rule.scattered | by_rule.part).any();
  }

  // A directory in which no name at any depth is in the way is given whole, as it stands. What comes into being there
  // later is the monitor's.
  Found Look(const std::string& directory, Rights wanted, int depth) {
    const ByRule by_rule = Surely(directory);
    Found found{by_rule.whole & wanted, {}};
    const Rights open = (by_rule.scattered | by_rule.part) & wanted;
    if (!open.any()) return found;
    if (depth > kMaxDepth || tree_.OutOfTime()) {
      plan_.out_of_time = true;
      return found;
    }
    Rights clean = by_rule.scattered & wanted;
    for (const TreeView::Entry& entry : tree_.List(directory).value_or(std::vector<TreeView::Entry>())) {
      if (entry.kind == PlaceKind::kUnopened) continue;
      const std::string path = Concat(directory, "/", entry.name);
      if (entry.kind == PlaceKind::kDirectory) {
        Found inner = IsForTheMonitor(path) ? Found() : Look(path, open, depth + 1);
        clean = clean & inner.whole;
        Add(path, true, inner.whole, found.rules);
        found.rules.insert(found.rules.end(), inner.rules.begin(), inner.rules.end());
      } else {
        const Rights allowed = AllowedFor(path, open);
        clean = clean & allowed;
        if (entry.kind == PlaceKind::kFile) Add(path, false, allowed, found.rules);
      }
    }
    found.whole = found.whole | clean;
    if ((open - clean).any()) ++plan_.carved;
    std::vector<FloorRule> one_by_one;
    for (const FloorRule& rule : found.rules) {
      Add(rule.path, rule.is_directory, Rights{rule.read, rule.run, rule.write} - clean, one_by_one);
    }
    found.rules = std::move(one_by_one);
    return found;
  }

  const Ruleset& rules_;
  const FloorUse use_;
  TreeView& tree_;
  FloorPlan plan_;
};

}  // namespace

LandlockHandled HandledBy(int abi) {
  LandlockHandled handled;
  if (abi >= 1) handled.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // the thirteen rights of ABI 1
  if (abi >= 2) handled.fs |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) handled.fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
  if (abi >= 4) handled.net |= LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
  if (abi >= 5) handled.fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
  if (abi >= 6) handled.scoped |= LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
  if (abi >= 9) handled.fs |= LANDLOCK_ACCESS_FS_RESOLVE_UNIX;
  if (abi >= 10) handled.net |= LANDLOCK_ACCESS_NET_BIND_UDP | LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP;
  return handled;
}

uint64_t FloorRule::Access() const {
  uint64_t access = 0;
  if (read) access |= LANDLOCK_ACCESS_FS_READ_FILE;
  if (read && is_directory) access |= LANDLOCK_ACCESS_FS_READ_DIR;
  if (run) access |= LANDLOCK_ACCESS_FS_EXECUTE;
  if (write) access |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
  if (write && is_directory) {
    access |= LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SYM |
              LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE |
              LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;
  }
  return access;
}

FloorPlan PlanFloor(const Ruleset& rules, FloorUse use, TreeView& tree) { return Planner(rules, use, tree).Plan(); }

}  // namespace usher
