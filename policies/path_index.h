// Which path rules match a path? All of them at once, in one walk over its components.
//
// The patterns of all rules form one tree: an edge is a literal name, a glob, or "**". A walk keeps the set of nodes
// that the path has reached so far. Names are looked up in a hash table, globs by their first letter or file extension,
// so the walk takes as long with a hundred thousand rules as with ten. Every run builds the tree, so it is made of few
// large pieces of memory.

#ifndef USHER_POLICIES_PATH_INDEX_H_
#define USHER_POLICIES_PATH_INDEX_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "policies/decision.h"
#include "policies/path_pattern.h"

namespace usher {

// One rule, as far as matching needs to know it.
struct PathEntry {
  uint8_t use = 0;  // what the rule is about; the caller's numbering, below PathIndex::kUses
  Verdict verdict = Verdict::kAsk;
  Risk risk = Risk::kOrdinary;
  uint32_t layer = 0;  // strength of the layer that it comes from
  int32_t rule = -1;   // the caller's number for it
  bool is_default = false;
  // Filled by PathIndex::Add.
  bool written_out = false;  // a path without any pattern in it
  bool exact = false;        // only for the very path
  bool any_depth = false;    // its pattern has a "**"
  uint16_t anchor = 0;       // components before that
  int32_t next = -1;         // of the same pattern
};

// A match of an exemption: how deep, and from how strong a layer.
struct Exemption {
  uint32_t depth = 0;
  uint32_t layer = 0;
};

class PathIndex {
 public:
  static constexpr uint8_t kUses = 4;
  static constexpr size_t kMaxExemptions = 8;  // of more layers than these, the others exempt nothing

  struct Query {
    bool beneath = false;           // look for stricter rules beneath the path as well
    uint8_t exempting_use = kUses;  // entries of this use are exemptions, to be listed
    bool skip_runs_later = false;   // as if no rule had Risk::kRunsLater
    absl::Span<const Exemption>
        lifted{};  // as if "**" rules about secrets and run-later files were not there that these reach
    // With `beneath`: here goes what exemptions there may be beneath the path; equal for two paths with the same ones.
    std::vector<uint32_t>* exempting_beneath = nullptr;
  };

  // The winners, by use; null where no rule matches. They live as long as the index.
  struct Found {
    std::array<const PathEntry*, kUses> best{};
    std::array<const PathEntry*, kUses> beaten{};        // a default that would have won, but for a path written out
    std::array<const PathEntry*, kUses> beneath{};       // the strictest rule of those that lie beneath the path
    std::array<Exemption, kMaxExemptions> exemptions{};  // the deepest of each layer
    size_t exemption_count = 0;
    bool malformed = false;  // the path is not absolute or has a "." or ".." in it
  };

  PathIndex();
  PathIndex(const PathIndex&) = delete;
  PathIndex& operator=(const PathIndex&) = delete;

  void Reserve(size_t entries);  // room for about so many
  // Adds a pattern in which every component is a plain name. Nothing is added, and nothing returned, for any other
  // text. The patterns of one list share their beginnings: what the last one had in common is not walked again.
  std::optional<PathEntry> AddPlain(std::string_view pattern, PathEntry entry);
  PathEntry Add(const PathPattern& pattern, PathEntry entry);  // with the rest of it filled
  void Seal();                                                 // after the last Add, before the first Find

  Found Find(std::string_view path, const Query& query) const;

  // Whether an exemption lifts a rule about secrets or run-later files that has a "**".
  static bool Lifts(absl::Span<const Exemption> exemptions, const PathEntry& entry);

 private:
  struct Glob {
    std::string text;
    uint32_t child = 0;
  };

  struct Node {
    uint32_t parent = 0;
    uint32_t after_any_depth = 0;               // the child by "**", or 0
    uint32_t name = 0, name_size = 0;           // where in text_, when it is reached by a name
    uint32_t hash = 0;                          // of parent and name
    int32_t first_entry = -1, last_entry = -1;  // into all_, linked by `next`
    bool any_depth = false;                     // reached by "**": stays where it is with any name
    bool roams = false;                         // any_depth, and no other "**" before it
    bool has_names = false;
    bool has_globs = false;
    std::array<int32_t, kUses> strictest_beneath{-1, -1, -1, -1};  // into all_
  };

  using NodeSet = absl::InlinedVector<uint32_t, 32>;
  class Walk;

  struct Step {
    size_t end = 0;  // of the name, in last_plain_
    uint32_t node = 0;
  };

  uint32_t ChildFor(uint32_t node, const PatternComponent& component);
  uint32_t ChildByName(uint32_t node, std::string_view name);
  uint32_t NewNode(uint32_t parent);
  void Attach(uint32_t node, const PathEntry& entry);
  void Rehash(size_t slots);

  // The child, or 0. Its place in slots_ is found by the hash of the name and the number of the parent.
  uint32_t FindByName(uint32_t node, std::string_view name, uint32_t hash) const;
  std::string_view NameOf(const Node& node) const { return std::string_view(text_).substr(node.name, node.name_size); }

  uint32_t Intern(std::string_view name);

  static constexpr uint32_t kNoSymbol = 0;
  uint32_t Symbol(std::string_view name) const;

  static uint64_t Key(uint32_t node, uint32_t low) { return (uint64_t{node} << 32) | low; }

  std::vector<Node> nodes_;
  std::vector<PathEntry> all_;
  std::string text_;             // all names, one after the other
  std::vector<uint32_t> slots_;  // children by name; 0 is free; a power of two, at most half full
  size_t named_ = 0;             // nodes in slots_
  std::string last_plain_;
  std::vector<Step> last_steps_;
  absl::flat_hash_map<std::string, uint32_t> symbols_;      // extensions that occur in globs
  absl::flat_hash_map<uint64_t, std::vector<Glob>> globs_;  // (node, bucket) -> globs; see BucketOf
  bool has_extensions_ = false;
};

// Whether `a` wins over `b`, both matching with equal depth.
bool IsStricter(const PathEntry& a, const PathEntry& b);

}  // namespace usher

#endif  // USHER_POLICIES_PATH_INDEX_H_
