// What lies below the floor's grants, and must not come to lie there? With a gate, whatever is beneath a directory that
// the floor gives whole can be read without the monitor, so a directory with something hidden in it may not be moved
// there.

#ifndef USHER_SUPERVISOR_FLOOR_REACH_H_
#define USHER_SUPERVISOR_FLOOR_REACH_H_

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "policies/ruleset.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

class FloorReach {
 public:
  explicit FloorReach(const Ruleset& rules) : rules_(rules) {}

  // A directory that the floor lets be read with all that is beneath. Known by its inode, as it is to Landlock.
  void Add(uint64_t device, uint64_t inode) { given_.insert({device, inode}); }

  // Whether a rename would bring something below a grant that was not below one, and that the policy does not let be
  // read where it will be. True also when this takes too long to find out.
  bool Exposes(const Call& call, const Target& target) const;

 private:
  using Clock = std::chrono::steady_clock;
  bool ExposedBy(const Resolved& moved, const Resolved& to) const;
  std::optional<bool> Covers(int directory) const;  // nothing when nobody knows
  bool MayAllBeRead(int directory, const std::string& path, int depth, Clock::time_point deadline) const;

  const Ruleset& rules_;
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> given_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_FLOOR_REACH_H_
