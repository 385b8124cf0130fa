// The floor of a run: the plan, carried out as a Landlock ruleset that the command restricts itself with.

#ifndef USHER_SUPERVISOR_CONFINE_FLOOR_H_
#define USHER_SUPERVISOR_CONFINE_FLOOR_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "policies/ruleset.h"
#include "supervisor/confine/landlock_plan.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

struct Floor {
  int abi = 0;  // 0: this host has no Landlock, and no ruleset was made
  UniqueFd ruleset;
  FloorPlan plan;
  // Where somebody reads past the monitor: what has a right of its own, and could be moved to where the policy gives none.
  std::vector<UniqueFd> movable;                    // directories, given with all beneath (O_PATH)
  std::vector<std::pair<uint64_t, uint64_t>> files;  // device and inode
  uint64_t temporary_access =
      0;  // for the private temporary directory, which is still to be made: whoever makes it adds it
};

inline constexpr size_t kMostMovable = 256;  // a descriptor each; what is more is left out
inline constexpr std::chrono::milliseconds kFloorBudget{20};  // of processor time, for looking at the file system
// Where nothing stands above the floor, what was not looked at is lost.
inline constexpr std::chrono::milliseconds kPatientFloorBudget{500};

// `temporary` is planned for as if it were there. An object that vanished since it was looked at is left out. Any other
// failure is the caller's to refuse: a floor is whole or not there.
absl::StatusOr<Floor> BuildFloor(const Ruleset& rules, FloorUse use, const std::string& temporary,
                                 std::chrono::microseconds budget = kFloorBudget);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_FLOOR_H_
