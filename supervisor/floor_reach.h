// What has a right of the floor's, and must not come to lie where the policy gives none? Landlock knows directories and
// files as objects, wherever they are moved to. With a gate, what has such a right is read without the monitor: so the
// sandbox may not move it below a name under which something could be hidden, now or later.

#ifndef USHER_SUPERVISOR_FLOOR_REACH_H_
#define USHER_SUPERVISOR_FLOOR_REACH_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "policies/ruleset.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

class FloorReach {
 public:
  explicit FloorReach(const Ruleset& rules) : rules_(rules) {}

  // A directory (O_PATH) that may be read with all beneath, because the policy allows everything there.
  void AddDirectory(UniqueFd directory) { directories_.push_back(std::move(directory)); }
  void AddFile(uint64_t device, uint64_t inode) { files_.insert({device, inode}); }

  // Whether the floor gives this file, or all that lies where it does.
  bool Knows(const std::string& path, uint64_t device, uint64_t inode) const;

  // Whether a rename or a link would do that. True also when nobody can tell.
  bool Exposes(const Call& call, const Target& target) const;

 private:
  bool ExposedBy(const Resolved& moved, const std::string& to) const;

  const Ruleset& rules_;
  std::vector<UniqueFd> directories_;
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> files_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_FLOOR_REACH_H_
