#include "supervisor/confine/landlock_plan.h"

#include <linux/landlock.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "policies/path_pattern.h"
#include "policies/text.h"
#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

constexpr int kMaxDepth = 64;  // of a walk below one root

// What a name here means depends on who looks, or on whom the object belongs to: only the monitor knows.
constexpr std::string_view kNotOfTheFloor[] = {"/proc", "/dev"};
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
std::vector<std::string> RootsOf(const Ruleset& rules) {
  std::vector<std::string> roots;
  absl::flat_hash_set<std::string> seen;
  for (const Policy& layer : rules.layers()) {
    for (const FileRule& rule : layer.files) {
      if (rule.verdict != Verdict::kAllow || rule.use == RuleUse::kWrite || rule.harmless) continue;
      std::string path = PlainPath(rule.pattern);
      if (!path.empty() && !IsForTheMonitor(path) && seen.insert(path).second) roots.push_back(std::move(path));
    }
  }
  return roots;
}

struct Rights {
  bool read = false, run = false;
  bool any() const { return read || run; }
};

class Planner {
 public:
  Planner(const Ruleset& rules, TreeView& tree) : rules_(rules), tree_(tree) {}

  // Whole roots cost one look each and come first; those with something in them are walked while there is time.
  FloorPlan Plan() {
    std::vector<std::pair<std::string, Rights>> parts;
    for (const std::string& root : RootsOf(rules_)) {
      switch (tree_.KindOf(root)) {
        case PlaceKind::kFile: AddFile(root, {true, true}); break;
        case PlaceKind::kDirectory:
          if (const Rights left = GrantWhole(root, {true, true}); left.any()) parts.emplace_back(root, left);
          break;
        case PlaceKind::kOther:
          if (IsPlainDevice(root)) AddFile(root, {true, false});
          break;
        case PlaceKind::kNothing: break;
      }
    }
    for (const auto& [root, left] : parts) Walk(root, left, 0);
    return std::move(plan_);
  }

 private:
  bool Allows(RuleUse use, const std::string& path, bool is_directory) const {
    if (use == RuleUse::kExec) return rules_.Decide(ExecOperation{.path = path}).verdict == Verdict::kAllow;
    return rules_.Decide(FileOperation{.path = path, .is_directory = is_directory}).verdict == Verdict::kAllow;
  }

  // Gives the directory the rights, of those wanted, that hold for all that lies beneath. Returns those that hold for a part.
  Rights GrantWhole(const std::string& directory, Rights wanted) {
    const Extent read = wanted.read ? rules_.AllowedBeneath(RuleUse::kRead, directory) : Extent::kNothing;
    const Extent run = wanted.run ? rules_.AllowedBeneath(RuleUse::kExec, directory) : Extent::kNothing;
    // A rule for the directory alone may forbid to list it; the right to list its children would be one to list it too.
    const bool listable = read == Extent::kEverything && Allows(RuleUse::kRead, directory, true);
    const Rights whole{listable, run == Extent::kEverything};
    if (whole.any()) plan_.rules.push_back({directory, true, whole.read, whole.run});
    return {!listable && read != Extent::kNothing, run == Extent::kPart};
  }

  void AddFile(const std::string& path, Rights wanted) {
    const Rights rights{wanted.read && Allows(RuleUse::kRead, path, false), wanted.run && Allows(RuleUse::kExec, path, false)};
    if (rights.any()) plan_.rules.push_back({path, false, rights.read, rights.run});
  }

  void Walk(const std::string& directory, Rights wanted, int depth) {
    if (!wanted.any()) return;
    if (depth > kMaxDepth || tree_.OutOfTime()) {
      plan_.out_of_time = true;
      return;
    }
    ++plan_.carved;
    for (const TreeView::Entry& entry : tree_.List(directory)) {
      const std::string path = Concat(directory, "/", entry.name);
      if (entry.kind == PlaceKind::kFile) AddFile(path, wanted);
      if (entry.kind != PlaceKind::kDirectory || IsForTheMonitor(path)) continue;
      Walk(path, GrantWhole(path, wanted), depth + 1);
    }
  }

  const Ruleset& rules_;
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
  return access;
}

FloorPlan PlanFloor(const Ruleset& rules, TreeView& tree) { return Planner(rules, tree).Plan(); }

}  // namespace usher
