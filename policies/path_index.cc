#include "policies/path_index.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "absl/hash/hash.h"

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

uint32_t HashOfName(std::string_view name) { return static_cast<uint32_t>(absl::HashOf(ToAbsl(name))); }

uint32_t HashOfChild(uint32_t parent, uint32_t name_hash) {
  const uint64_t mixed = (uint64_t{parent} << 32 | name_hash) * 0x9E3779B97F4A7C15u;
  return static_cast<uint32_t>(mixed >> 32);
}

bool HasMeaning(char c) { return c == '*' || c == '?' || c == '\\' || c == '\0'; }

bool IsSpecial(Risk risk) { return risk == Risk::kRunsLater || risk == Risk::kSecret; }

}  // namespace

bool IsStricter(const PathEntry& a, const PathEntry& b) {
  // Of equals the one whose risk is greater is shown, then the one that is harder to lift, then the stronger layer's.
  return std::tie(a.verdict, a.risk, a.anchor, a.layer) > std::tie(b.verdict, b.risk, b.anchor, b.layer);
}

PathIndex::PathIndex() : nodes_(1), slots_(16) {}

void PathIndex::Reserve(size_t entries) {
  all_.reserve(entries);
  nodes_.reserve(entries + 1);
  text_.reserve(8 * entries);
  size_t slots = slots_.size();
  while (slots < 2 * entries) slots *= 2;
  Rehash(slots);
}

void PathIndex::Rehash(size_t slots) {
  if (slots == slots_.size()) return;
  const std::vector<uint32_t> before = std::exchange(slots_, std::vector<uint32_t>(slots));
  for (const uint32_t child : before) {
    if (child == 0) continue;
    size_t slot = nodes_[child].hash & (slots - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots - 1);
    slots_[slot] = child;
  }
}

uint32_t PathIndex::FindByName(uint32_t node, std::string_view name, uint32_t hash) const {
  const size_t last = slots_.size() - 1;
  for (size_t slot = hash & last; slots_[slot] != 0; slot = (slot + 1) & last) {
    const Node& child = nodes_[slots_[slot]];
    if (child.hash == hash && child.parent == node && NameOf(child) == name) return slots_[slot];
  }
  return 0;
}

uint32_t PathIndex::ChildByName(uint32_t node, std::string_view name) {
  const uint32_t hash = HashOfChild(node, HashOfName(name));
  if (const uint32_t known = FindByName(node, name, hash); known != 0) return known;
  nodes_[node].has_names = true;
  const uint32_t child = NewNode(node);
  nodes_[child].name = static_cast<uint32_t>(text_.size());
  nodes_[child].name_size = static_cast<uint32_t>(name.size());
  nodes_[child].hash = hash;
  text_ += name;
  if (2 * ++named_ > slots_.size()) Rehash(2 * slots_.size());
  size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = child;
  return child;
}

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
        nodes_[child].roams = true;
        for (uint32_t above = node; above != 0; above = nodes_[above].parent) {
          if (nodes_[above].any_depth) nodes_[child].roams = false;
        }
        nodes_[node].after_any_depth = child;
      }
      return nodes_[node].after_any_depth;
    }
    case PatternComponent::Kind::kLiteral:
      return ChildByName(node, component.text);
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

void PathIndex::Attach(uint32_t node, const PathEntry& entry) {
  const auto number = static_cast<int32_t>(all_.size());
  all_.push_back(entry);
  Node& place = nodes_[node];
  (place.last_entry < 0 ? place.first_entry : all_[static_cast<size_t>(place.last_entry)].next) = number;
  place.last_entry = number;
}

PathEntry PathIndex::Add(const PathPattern& pattern, PathEntry entry) {
  entry.exact = pattern.exact;
  entry.any_depth = pattern.AnyDepth();
  entry.anchor = static_cast<uint16_t>(std::min<size_t>(pattern.AnchorDepth(), UINT16_MAX));
  // A name with an escaped star in it is a name.
  entry.written_out = std::all_of(pattern.components.begin(), pattern.components.end(),
                                  [](const PatternComponent& c) { return c.kind == PatternComponent::Kind::kLiteral; });
  uint32_t node = 0;
  for (const PatternComponent& component : pattern.components) node = ChildFor(node, component);
  Attach(node, entry);
  return entry;
}

std::optional<PathEntry> PathIndex::AddPlain(std::string_view pattern, PathEntry entry) {
  if (!pattern.starts_with('/')) return std::nullopt;
  const auto differ = std::mismatch(pattern.begin(), pattern.end(), last_plain_.begin(), last_plain_.end());
  const auto same = static_cast<size_t>(differ.first - pattern.begin());
  const auto still_holds = [&](const Step& step) {
    return step.end <= same && (step.end == pattern.size() || pattern[step.end] == '/');
  };
  while (!last_steps_.empty() && !still_holds(last_steps_.back())) last_steps_.pop_back();
  size_t at = last_steps_.empty() ? 0 : last_steps_.back().end;
  uint32_t node = last_steps_.empty() ? 0 : last_steps_.back().node;
  last_plain_.resize(at);
  if (std::any_of(pattern.begin() + static_cast<std::ptrdiff_t>(at), pattern.end(), HasMeaning)) return std::nullopt;
  while (at < pattern.size()) {
    const size_t start = at + 1;  // behind a slash
    at = std::min(pattern.find('/', start), pattern.size());
    const std::string_view name = pattern.substr(start, at - start);
    if (name.empty()) continue;
    if (name == "." && at == pattern.size()) {
      entry.exact = true;
      break;
    }
    if (name == "." || name == "..") return std::nullopt;
    node = ChildByName(node, name);
    last_plain_.assign(pattern, 0, at);
    last_steps_.push_back({at, node});
  }
  entry.anchor = static_cast<uint16_t>(std::min<size_t>(last_steps_.size(), UINT16_MAX));
  entry.written_out = true;
  Attach(node, entry);
  return entry;
}

void PathIndex::Seal() {
  // Children have larger numbers than their parents, so one pass from the back carries everything up.
  for (size_t i = nodes_.size() - 1; i > 0; --i) {
    Node& parent = nodes_[nodes_[i].parent];
    const auto at = [&](int32_t index) -> const PathEntry& { return all_[static_cast<size_t>(index)]; };
    const auto raise = [&](uint8_t use, int32_t candidate) {
      int32_t& best = parent.strictest_beneath[use];
      if (candidate >= 0 && (best < 0 || IsStricter(at(candidate), at(best)))) best = candidate;
    };
    for (uint8_t use = 0; use < kUses; ++use) raise(use, nodes_[i].strictest_beneath[use]);
    for (int32_t entry = nodes_[i].first_entry; entry >= 0; entry = at(entry).next) raise(at(entry).use, entry);
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
    const uint32_t name_hash = HashOfName(name);
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
      if (node.has_names) {
        const uint32_t child = index_.FindByName(number, name, HashOfChild(number, name_hash));
        if (child != 0) Reach(child);
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
      if (query_.exempting_beneath != nullptr && query_.exempting_use < kUses &&
          node.strictest_beneath[query_.exempting_use] >= 0) {
        query_.exempting_beneath->push_back(number);
      }
      // "**" alone has everything beneath it everywhere; only a pattern that got past it says something of this path.
      if (node.roams) continue;
      for (uint8_t use = 0; use < kUses; ++use) {
        if (node.strictest_beneath[use] < 0) continue;
        const PathEntry& entry = index_.all_[static_cast<size_t>(node.strictest_beneath[use])];
        const PathEntry*& best = found_.beneath[use];
        if (best == nullptr || IsStricter(entry, *best)) best = &entry;
      }
    }
  }

  Found Take() {
    for (uint8_t use = 0; use < kUses; ++use) {
      const Best& best = best_[use];
      const bool others_win = best.of_others != nullptr && (!best.defaults_count || best.of_defaults == nullptr ||
                                                            IsStricter(*best.of_others, *best.of_defaults));
      found_.best[use] = others_win ? best.of_others : best.of_defaults;
      if (others_win && best.of_defaults != nullptr && IsStricter(*best.of_defaults, *best.of_others)) {
        found_.beaten[use] = best.of_defaults;
      }
    }
    return found_;
  }

 private:
  // Of the rules that match equally well.
  struct Best {
    uint32_t rank = 0;
    const PathEntry* of_defaults = nullptr;
    const PathEntry* of_others = nullptr;
    bool defaults_count = true;  // nobody wrote out a rule for this very place
  };

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
    for (int32_t i = node.first_entry; i >= 0;) {
      const PathEntry& entry = index_.all_[static_cast<size_t>(i)];
      if (!entry.exact || at_end_) Consider(entry);
      i = entry.next;
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
    Best& best = best_[entry.use];
    if (rank < best.rank) return;
    if (rank > best.rank) best = {.rank = rank};
    const PathEntry*& among = entry.is_default ? best.of_defaults : best.of_others;
    if (among == nullptr || IsStricter(entry, *among)) among = &entry;
    best.defaults_count = best.defaults_count && (entry.is_default || !entry.written_out);
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
  std::array<Best, kUses> best_{};
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
