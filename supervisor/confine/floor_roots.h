// Where does the policy start to allow something, and what is there? Below these places lies all that the floor can
// grant. Pure, like the plan that is made of them (landlock_plan.h).

#ifndef USHER_SUPERVISOR_CONFINE_FLOOR_ROOTS_H_
#define USHER_SUPERVISOR_CONFINE_FLOOR_ROOTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "policies/ruleset.h"
#include "supervisor/confine/landlock_plan.h"

namespace usher {

// Of a device that is the same for everybody.
bool IsPlainDevice(std::string_view path);

// /proc and /dev, where a name means the caller, and /sys, which has no end: never of the floor.
bool IsForTheMonitor(std::string_view path);

struct FloorRoot {
  std::string path;
  PlaceKind kind = PlaceKind::kNothing;
};

// In the order of the rules; without those that are not there.
std::vector<FloorRoot> RootsOf(const Ruleset& rules, FloorUse use, TreeView& tree);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_FLOOR_ROOTS_H_
