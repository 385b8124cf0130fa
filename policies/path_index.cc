#include "policies/path_index.h"

#include <algorithm>
#include <tuple>

#include "policies/text.h"

namespace usher {
namespace {

// Buckets of globs beneath one node: 0 for those that every name must be tried with, 1..256 by first byte, and above
// that by the symbol of the file extension.
constexpr uint32_t kOddBucket = 0;
constexpr uint32_t kExtensionBuckets = 0x1000;

uint32_t FirstByteBucket(char first) { return 1 + static_cast<uint32_t>(static_cast<uint8_t>(first)); }

// ".pem" of "*.pem"; empty when the glob does not fix what follows the last dot.
std::string_view ExtensionOfGlob(std::string_view glob) {
  const size_t dot = glob.rfind('.');
  if (dot == std::string_view::npos || glob.find_first_of("*?\\", dot) != std::string_view::npos) return {};
  return glob.substr(dot);
}

std::string_view ExtensionOfName(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot);
}

bool IsSpecial(Risk risk) { return risk == Risk::kRunsLater || risk == Risk::kSecret; }

}  // namespace

bool IsStricter(const PathEntry& a, const PathEntry& b) {
  // Of equals the one whose risk is greater is shown, then the one that is harder to lift, then the stronger layer's.
  return std::tie(a.verdict, a.risk, a.anchor, a.layer) > std::tie(b.verdict, b.risk, b.anchor, b.layer);
}

PathIndex::PathIndex() : nodes_(1) {}

uint32_t PathIndex::NewNode(uint32_t parent) {
  nodes_.emplace_back().parent = parent;
  return static_cast<uint32_t>(nodes_.size() - 1);
}

uint32_t PathIndex::Intern(std::string_view name) {
  const auto next = static_cast<uint32_t>(symbols_.size() + 1);
  return symbols_.try_emplace(std::string(name), next).first->second;
}

uint32_t PathIndex::Symbol(std::string_view name) const {
  const auto found = symbols_.find(ToAbsl(name));
  return found == symbols_.end() ? kNoSymbol : found->second;
}

uint32_t PathIndex::ChildFor(uint32_t node, const PatternComponent& component) {
  switch (component.kind) {
    case PatternComponent::Kind::kAnyDepth: {
      if (nodes_[node].after_any_depth == 0) {
        const uint32_t child = NewNode(node);
        nodes_[child].any_depth = true;
        nodes_[node].after_any_depth = child;
      }
      return nodes_[node].after_any_depth;
    }
    case PatternComponent::Kind::kLiteral: {
      nodes_[node].has_names = true;
      const uint64_t key = Key(node, Intern(component.text));
      const auto found = names_.find(key);
      if (found != names_.end()) return found->second;
      const uint32_t child = NewNode(node);
      names_[key] = child;
      return child;
    }
    case PatternComponent::Kind::kGlob: {
      nodes_[node].has_globs = true;
      const std::string_view text = component.text;
      const std::string_view extension = ExtensionOfGlob(text);
      uint32_t bucket = kOddBucket;
      if (text.front() != '*' && text.front() != '?' && text.front() != '\\') {
        bucket = FirstByteBucket(text.front());
      } else if (!extension.empty()) {
        bucket = kExtensionBuckets + Intern(extension);
        has_extensions_ = true;
      }
      std::vector<Glob>& globs = globs_[Key(node, bucket)];
      for (const Glob& glob : globs) {
        if (glob.text == text) return glob.child;
      }
      const uint32_t child = NewNode(node);
      globs.push_back({.text = component.text, .child = child});
      return child;
    }
  }
  return node;
}

PathEntry PathIndex::Add(const PathPattern& pattern, PathEntry entry) {
  entry.exact = pattern.exact;
  entry.any_depth = pattern.AnyDepth();
  entry.anchor = static_cast<uint16_t>(std::min<size_t>(pattern.AnchorDepth(), UINT16_MAX));
  uint32_t node = 0;
  for (const PatternComponent& component : pattern.components) node = ChildFor(node, component);
  nodes_[node].entries.push_back(entry);
  return entry;
}

void PathIndex::Seal() {
  // Children have larger numbers than their parents, so one pass from the back carries everything up.
  for (size_t i = nodes_.size() - 1; i > 0; --i) {
    Node& parent = nodes_[nodes_[i].parent];
    const auto raise = [&](uint8_t use, int32_t candidate) {
      int32_t& best = parent.strictest_beneath[use];
      const auto at = [&](int32_t index) -> const PathEntry& { return all_[static_cast<size_t>(index)]; };
      if (candidate >= 0 && (best < 0 || IsStricter(at(candidate), at(best)))) best = candidate;
    };
    for (uint8_t use = 0; use < kUses; ++use) raise(use, nodes_[i].strictest_beneath[use]);
    for (const PathEntry& entry : nodes_[i].entries) {
      all_.push_back(entry);
      raise(entry.use, static_cast<int32_t>(all_.size() - 1));
    }
  }
}

// One walk: the nodes reached so far, and the best rules on the way.
class PathIndex::Walk {
 public:
  Walk(const PathIndex& index, const Query& query) : index_(index), query_(query) {}

  void Start(bool at_end) {
    at_end_ = at_end;
    Reach(0);
  }

  void Step(std::string_view name, bool at_end) {
    ++depth_;
    at_end_ = at_end;
    std::swap(reached_, previous_);
    reached_.clear();
    const uint32_t symbol = index_.Symbol(name);
    uint32_t extension = kNoSymbol;
    if (index_.has_extensions_) {
      const std::string_view text = ExtensionOfName(name);
      if (!text.empty()) extension = index_.Symbol(text);
    }
    for (const uint32_t node : previous_) {
      if (index_.nodes_[node].any_depth) reached_.push_back(node);
    }
    for (const uint32_t number : previous_) {
      const Node& node = index_.nodes_[number];
      if (node.has_names && symbol != kNoSymbol) {
        const auto found = index_.names_.find(Key(number, symbol));
        if (found != index_.names_.end()) Reach(found->second);
      }
      if (!node.has_globs) continue;
      TryGlobs(number, FirstByteBucket(name.front()), name);
      if (extension != kNoSymbol) TryGlobs(number, kExtensionBuckets + extension, name);
      TryGlobs(number, kOddBucket, name);
    }
  }

  void LookBeneath() {
    for (const uint32_t number : reached_) {
      const Node& node = index_.nodes_[number];
      // "**" alone has everything beneath it everywhere; only a pattern that got past it says something of this path.
      if (node.any_depth) continue;
      for (uint8_t use = 0; use < kUses; ++use) {
        if (node.strictest_beneath[use] < 0) continue;
        const PathEntry& entry = index_.all_[static_cast<size_t>(node.strictest_beneath[use])];
        const PathEntry*& best = found_.beneath[use];
        if (best == nullptr || IsStricter(entry, *best)) best = &entry;
      }
    }
  }

  Found Take() { return found_; }

 private:
  void TryGlobs(uint32_t node, uint32_t bucket, std::string_view name) {
    const auto found = index_.globs_.find(Key(node, bucket));
    if (found == index_.globs_.end()) return;
    for (const Glob& glob : found->second) {
      if (GlobMatches(glob.text, name)) Reach(glob.child);
    }
  }

  void Reach(uint32_t number) {
    const Node& node = index_.nodes_[number];
    reached_.push_back(number);
    for (const PathEntry& entry : node.entries) {
      if (!entry.exact || at_end_) Consider(entry);
    }
    // "**" may stand for nothing, so the node behind it is reached as well; once is enough.
    const uint32_t behind = node.after_any_depth;
    if (behind != 0 && std::find(reached_.begin(), reached_.end(), behind) == reached_.end()) Reach(behind);
  }

  void Consider(const PathEntry& entry) {
    if (entry.use == query_.exempting_use) {
      NoteExemption({.depth = depth_, .layer = entry.layer});
      return;
    }
    if (IsSkipped(entry)) return;
    // The deeper match wins; of two at one directory the one that speaks of that directory only.
    const uint32_t rank = 2 * depth_ + (entry.exact ? 1 : 0);
    const PathEntry*& best = found_.best[entry.use];
    if (best == nullptr || rank > rank_[entry.use] || (rank == rank_[entry.use] && IsStricter(entry, *best))) {
      best = &entry;
      rank_[entry.use] = rank;
    }
  }

  // The walk goes down, so a later one of the same layer is the deeper one.
  void NoteExemption(const Exemption& exemption) {
    size_t slot = 0;
    while (slot < found_.exemption_count && found_.exemptions[slot].layer != exemption.layer) ++slot;
    if (slot == kMaxExemptions) return;
    found_.exemptions[slot] = exemption;
    found_.exemption_count = std::max(found_.exemption_count, slot + 1);
  }

  bool IsSkipped(const PathEntry& entry) const {
    if (!IsSpecial(entry.risk)) return false;
    if (query_.skip_runs_later && entry.risk == Risk::kRunsLater) return true;
    if (!entry.any_depth) return false;
    return Lifts(query_.lifted, entry);
  }

  const PathIndex& index_;
  const Query& query_;
  uint32_t depth_ = 0;
  bool at_end_ = false;
  NodeSet reached_, previous_;
  std::array<uint32_t, kUses> rank_{};
  Found found_;
};

bool PathIndex::Lifts(absl::Span<const Exemption> exemptions, const PathEntry& entry) {
  return std::any_of(exemptions.begin(), exemptions.end(), [&](const Exemption& exemption) {
    return exemption.depth >= entry.anchor && exemption.layer >= entry.layer;
  });
}

PathIndex::Found PathIndex::Find(std::string_view path, const Query& query) const {
  Walk walk(*this, query);
  if (path.empty() || path.front() != '/') {
    Found found;
    found.malformed = true;
    return found;
  }
  const auto skip_slashes = [&] {
    while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  };
  skip_slashes();
  walk.Start(path.empty());
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    skip_slashes();
    if (name == "." || name == "..") {
      Found found;
      found.malformed = true;
      return found;
    }
    walk.Step(name, path.empty());
  }
  if (query.beneath) walk.LookBeneath();
  return walk.Take();
}

}  // namespace usher
