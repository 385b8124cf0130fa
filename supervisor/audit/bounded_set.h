// A set of names that a hostile program may try to fill: it keeps the first ones by name, counts the next ones by
// fingerprint, and says so when even the count has become a lower bound.

#ifndef USHER_SUPERVISOR_AUDIT_BOUNDED_SET_H_
#define USHER_SUPERVISOR_AUDIT_BOUNDED_SET_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "policies/text.h"

namespace usher {

inline constexpr size_t kMaxKept = 10'000;
inline constexpr size_t kMaxCounted = 1'000'000;

// Counts different names without keeping them.
class DistinctCount {
 public:
  void Add(std::string_view name) {
    if (seen_.size() < kMaxCounted) {
      seen_.insert(HashOf(name));
    } else if (!seen_.contains(HashOf(name))) {
      exact_ = false;
    }
  }
  uint64_t total() const { return seen_.size(); }
  bool exact() const { return exact_; }  // false: there were more than total()

 private:
  static size_t HashOf(std::string_view name) { return absl::HashOf(ToAbsl(name)); }

  absl::flat_hash_set<size_t> seen_;
  bool exact_ = true;
};

class BoundedSet {
 public:
  void Add(const std::string& name) {
    if (kept_.contains(name)) return;
    if (kept_.size() < kMaxKept) {
      kept_.insert(name);
    } else {
      beyond_.Add(name);
    }
  }
  const std::set<std::string>& kept() const { return kept_; }
  uint64_t total() const { return kept_.size() + beyond_.total(); }
  bool exact() const { return beyond_.exact(); }

 private:
  std::set<std::string> kept_;
  DistinctCount beyond_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_BOUNDED_SET_H_
