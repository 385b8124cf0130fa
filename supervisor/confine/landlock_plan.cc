#include "supervisor/confine/landlock_plan.h"

#include <linux/landlock.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "policies/text.h"
#include "supervisor/confine/floor_roots.h"
#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

constexpr int kMaxDepth = 64;       // of a walk below one root
constexpr size_t kMostFiles = 1024;  // that get a rule of their own: some 8 µs each, where a walk is counted in time

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
    for (const auto& [root, kind] : RootsOf(rules_, use_, tree_)) {
      if (kind == PlaceKind::kDirectory && NeedsNoLook(root)) {
        Add(root, true, Surely(root).whole, plan_.rules);
      } else if (kind == PlaceKind::kDirectory) {
        directories.push_back(root);
      } else if (kind == PlaceKind::kFile || (kind == PlaceKind::kOther && IsPlainDevice(root))) {
        Add(root, false, AllowedFor(root, {true, kind == PlaceKind::kFile, true}), plan_.rules);
      }
    }
    std::stable_sort(directories.begin(), directories.end(), [this](const std::string& a, const std::string& b) {
      return rules_.AllowedBeneath(RuleUse::kExec, a) > rules_.AllowedBeneath(RuleUse::kExec, b);
    });
    const std::vector<std::string> needed = PlanNeeded();
    directories.insert(directories.begin(), needed.begin(), needed.end());
    for (const std::string& root : directories) {
      Found found = Look(root, Surely(root), {true, true, true}, 0);
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
    Rights any() const { return whole | scattered | part; }
  };

  // Where a name is forbidden at any depth, a walk of the system ends long before it has come to these. Files get their
  // rule here; directories are returned.
  std::vector<std::string> PlanNeeded() {
    std::vector<std::string> directories;
    if (use_ == FloorUse::kAlone) return directories;  // patient, and walks all
    for (std::string& path : tree_.Needed()) {
      const bool given = std::any_of(plan_.rules.begin(), plan_.rules.end(), [&path](const FloorRule& rule) {
        return rule.is_directory && rule.run && path.starts_with(rule.path + "/");
      });
      if (given) continue;
      const PlaceKind kind = tree_.KindOf(path);
      if (kind == PlaceKind::kFile) Add(path, false, AllowedFor(path, {true, true, false}), plan_.rules);
      if (kind == PlaceKind::kDirectory && MayRunBeneath(path)) directories.push_back(std::move(path));
    }
    return directories;
  }

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
  // later is the monitor's; where somebody reads past the monitor, there must be nobody who could make such a thing.
  Found Look(const std::string& directory, const ByRule& by_rule, Rights wanted, int depth) {
    Found found{by_rule.whole & wanted, {}};
    const Rights open = (by_rule.scattered | by_rule.part) & wanted;
    if (!open.any()) return found;
    // Without the directory that the loader lies in, nothing would run: a rule for something in it costs one look.
    const bool at_any_price = depth == 0 && by_rule.part.run;
    if (depth > kMaxDepth || (!at_any_price && tree_.OutOfTime())) {
      plan_.out_of_time = true;
      return found;
    }
    const auto entries = tree_.List(directory);
    if (!entries) return found;
    const bool lasting = !IsReadBy(use_) || tree_.OnlyRootMakesIn(directory);
    // Of what can be changed meanwhile, a file is given for itself, so that it costs a rule: programs are worth it.
    const bool only_programs = !lasting && use_ == FloorUse::kRunningAndSystem;
    if (only_programs && !by_rule.any().run) return found;
    // What is said of the directory is said of each name in it that no rule has in mind. Most are such, and not judged.
    const bool even = !(by_rule.part & wanted).any();
    const auto path_of = [&directory](const TreeView::Entry& entry) { return Concat(directory, "/", entry.name); };
    Rights clean = by_rule.scattered & wanted;
    clean.read = clean.read && lasting;
    std::vector<Rights> files(entries->size());
    for (size_t i = 0; i < entries->size(); ++i) {
      const TreeView::Entry& entry = (*entries)[i];
      if (entry.kind == PlaceKind::kUnopened) continue;
      const bool as_here = even && !rules_.HasRuleForName(entry.name);
      if (entry.kind == PlaceKind::kDirectory) {
        const std::string path = path_of(entry);
        Found inner = LookBelow(path, as_here ? by_rule : Surely(path), open, depth + 1);
        clean = clean & inner.whole;
        Add(path, true, inner.whole, found.rules);
        std::move(inner.rules.begin(), inner.rules.end(), std::back_inserter(found.rules));
      } else {
        files[i] = as_here ? open : AllowedFor(path_of(entry), open);
        clean = clean & files[i];
      }
    }
    if ((open - clean).any()) ++plan_.carved;
    std::vector<FloorRule> one_by_one;
    for (const FloorRule& rule : found.rules) {
      Add(rule.path, rule.is_directory, Rights{rule.read, rule.run, rule.write} - clean, one_by_one);
    }
    for (size_t i = 0; i < entries->size(); ++i) {
      const TreeView::Entry& entry = (*entries)[i];
      const Rights alone = files[i] - clean;
      if (entry.kind != PlaceKind::kFile || !alone.any()) continue;
      const std::string path = path_of(entry);
      const bool may_run = files[i].run || found.whole.run;
      if (only_programs && !(may_run && tree_.IsProgram(path))) continue;
      if (use_ != FloorUse::kAlone && ++files_ > kMostFiles) {
        plan_.out_of_time = true;
        break;
      }
      Add(path, false, alone, one_by_one);
    }
    found.whole = found.whole | clean;
    found.rules = std::move(one_by_one);
    return found;
  }

  // Where only reading is allowed, but not of everything, a walk costs more than it spares a short run.
  Found LookBelow(const std::string& directory, const ByRule& by_rule, Rights wanted, int depth) {
    if (IsForTheMonitor(directory)) return {};
    if (use_ != FloorUse::kRunningAndSystem || by_rule.any().run) return Look(directory, by_rule, wanted, depth);
    return {by_rule.whole & wanted, {}};
  }

  bool MayRunBeneath(const std::string& directory) const {
    return rules_.AllowedBeneath(RuleUse::kExec, directory) != Extent::kNothing;
  }

  const Ruleset& rules_;
  const FloorUse use_;
  TreeView& tree_;
  FloorPlan plan_;
  size_t files_ = 0;  // with a rule of their own
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
