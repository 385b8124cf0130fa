#include "supervisor/confine/floor_roots.h"

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "policies/path_pattern.h"
#include "policies/text.h"

namespace usher {
namespace {

// What a name means in the first two depends on who looks, or on whom the object belongs to: only the monitor knows.
// The third has no end.
constexpr std::string_view kNotOfTheFloor[] = {"/proc", "/dev", "/sys"};
constexpr std::string_view kPlainDevices[] = {"/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"};

// Whether a pattern is the path that it says: no star and no backslash in it, and no component that says something
// else.
bool SaysItself(std::string_view text) {
  if (!text.starts_with('/')) return false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('/', 1), text.size());
    const std::string_view name = text.substr(1, end - 1);
    if (name.empty() || name == "." || name == "..") return false;
    for (const char c : name) {
      if (c == '*' || c == '?' || c == '\\' || c == '\0') return false;
    }
    text.remove_prefix(end);
  }
  return true;
}

// The path that a pattern is, when it is one: no glob, no "**", and not a single directory without its contents.
// Lies in the pattern, or in `unquoted`.
std::string_view PlainPath(std::string_view text, std::deque<std::string>& unquoted) {
  if (SaysItself(text)) return text;
  const auto pattern = PathPattern::Parse(text);
  if (!pattern || pattern->exact) return "";
  std::string path;
  for (const PatternComponent& component : pattern->components) {
    if (component.kind != PatternComponent::Kind::kLiteral) return "";
    path += Concat("/", component.text);
  }
  return unquoted.emplace_back(std::move(path));
}

// Where the policy starts to allow something: below these lies all that the floor can grant.
class Roots {
 public:
  // The rules outlive this.
  Roots(const Ruleset& rules, FloorUse use) {
    if (use != FloorUse::kRunning) {
      Take(rules, {RuleUse::kRead, RuleUse::kExec}, [](std::string_view) { return true; });
      if (use == FloorUse::kAlone) Take(rules, {RuleUse::kWrite}, [](std::string_view) { return true; });
      return;
    }
    Take(rules, {RuleUse::kExec}, [](std::string_view) { return true; });
    // Where only reading starts to be allowed, something that may be run already does too.
    const absl::flat_hash_set<absl::string_view> run = seen_;
    Take(rules, {RuleUse::kRead}, [&run](std::string_view path) {
      for (size_t end = path.rfind('/'); end != std::string_view::npos && end > 0; end = path.rfind('/', end - 1)) {
        if (run.contains(ToAbsl(path.substr(0, end)))) return true;
      }
      return false;
    });
  }

  const std::vector<std::string_view>& paths() const { return paths_; }

 private:
  template <typename Wanted>
  void Take(const Ruleset& rules, std::initializer_list<RuleUse> uses, Wanted wanted) {
    for (const Policy& layer : rules.layers()) {
      for (const FileRule& rule : layer.files) {
        if (rule.verdict != Verdict::kAllow || rule.harmless) continue;
        if (std::find(uses.begin(), uses.end(), rule.use) == uses.end()) continue;
        const std::string_view path = PlainPath(rule.pattern, unquoted_);
        if (path.empty() || IsForTheMonitor(path) || !wanted(path)) continue;
        if (seen_.insert(ToAbsl(path)).second) paths_.push_back(path);
      }
    }
  }

  std::vector<std::string_view> paths_;
  absl::flat_hash_set<absl::string_view> seen_;
  std::deque<std::string> unquoted_;
};

// What the roots are, most of which are not there on a given host: a directory that some of them lie in (the home) is
// listed once, instead of asking for each.
class RootKinds {
 public:
  RootKinds(const std::vector<std::string_view>& roots, TreeView& tree) : tree_(tree) {
    constexpr size_t kMany = 4;
    absl::flat_hash_map<absl::string_view, size_t> in;  // by directory
    for (const std::string_view root : roots) {
      const std::string_view directory = root.substr(0, root.rfind('/'));
      if (!directory.empty() && ++in[ToAbsl(directory)] == kMany) ListOnce(std::string(directory));
    }
  }

  PlaceKind Of(std::string_view root) const {
    for (const Listing& listing : listings_) {
      if (root.size() <= listing.directory.size() + 1 || !LiesBeneath(root, listing.directory)) continue;
      const std::string_view rest = root.substr(listing.directory.size() + 1);
      const std::string_view name = rest.substr(0, rest.find('/'));
      const auto entry = listing.kinds.find(ToAbsl(name));
      if (entry == listing.kinds.end() || entry->second == PlaceKind::kUnopened) return PlaceKind::kNothing;
      if (name == rest && entry->second != PlaceKind::kOther) return entry->second;
    }
    return tree_.KindOf(std::string(root));
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

}  // namespace

bool IsPlainDevice(std::string_view path) {
  return std::find(std::begin(kPlainDevices), std::end(kPlainDevices), path) != std::end(kPlainDevices);
}

bool IsForTheMonitor(std::string_view path) {
  if (IsPlainDevice(path)) return false;
  return std::any_of(std::begin(kNotOfTheFloor), std::end(kNotOfTheFloor),
                     [&](std::string_view directory) { return LiesBeneath(path, directory); });
}

std::vector<FloorRoot> RootsOf(const Ruleset& rules, FloorUse use, TreeView& tree) {
  const Roots roots(rules, use);
  const RootKinds kinds(roots.paths(), tree);
  std::vector<FloorRoot> found;
  for (const std::string_view path : roots.paths()) {
    const PlaceKind kind = kinds.Of(path);
    if (kind != PlaceKind::kNothing) found.push_back({std::string(path), kind});
  }
  return found;
}

}  // namespace usher
