// What may the kernel itself let the sandbox read and run? The floor, as a plan: pure, from the policy and what a look
// at the file system shows.
//
// Landlock gives rights to directories with all that lies beneath, and to single files; it can take nothing out again.
// So a directory in which something is hidden, asked about or denied is left out, and what it holds is looked at one by
// one. Names at any depth ("**") are looked for, and a directory without any is given whole. The plan never grants what
// is there and the policy does not surely allow: what is left out is left to the monitor. No rule gives a right to
// write, but for a floor that stands alone.
//
// Programs are run by the kernel on the command's behalf, so the places that they are run from must be in it. A floor
// that files are read by as well, past the monitor, is another one (FloorUse).

#ifndef USHER_SUPERVISOR_CONFINE_LANDLOCK_PLAN_H_
#define USHER_SUPERVISOR_CONFINE_LANDLOCK_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/ruleset.h"
#include "supervisor/kernel/landlock.h"

namespace usher {

// Every right and scope that an ABI knows: what no rule allows is refused.
LandlockHandled HandledBy(int abi);

enum class PlaceKind : uint8_t {
  kNothing,
  kDirectory,
  kFile,
  kUnopened,  // a link or a socket: never opened itself, so no right of Landlock is about it
  kOther,     // a device, a pipe
};

// A file system as the plan sees it.
class TreeView {
 public:
  struct Entry {
    std::string name;
    PlaceKind kind = PlaceKind::kOther;
  };
  virtual ~TreeView() = default;
  // kNothing also where a link stands on the way: what a link leads to has a name of its own.
  virtual PlaceKind KindOf(const std::string& path) = 0;
  // Without "." and ".."; nothing when there is no such directory, or it may not be listed.
  virtual std::optional<std::vector<Entry>> List(const std::string& directory) = 0;
  // Of the directory that was listed last: the command's user can neither make anything in it nor give himself the right.
  virtual bool OnlyRootMakesIn(const std::string& directory) = 0;
  // Of a file in a directory that was listed: somebody may run it, by its mode.
  virtual bool IsProgram(const std::string& path) = 0;
  // What hardly anything starts without, by canonical names: the loaders that the kernel puts beside a program, and the
  // directories of the system's programs.
  virtual std::vector<std::string> Needed() = 0;
  // True once enough time was spent: what was not looked at is left out.
  virtual bool OutOfTime() = 0;
};

// What the kernel is to allow by itself.
enum class FloorUse : uint8_t {
  kRunning,  // programs, each where it may be read as well: execve(2) reads it under the same rules
  // Below these two somebody reads past the monitor (interpose/), so that no directory is given in which something could
  // come into being that the policy hides: only where everything is allowed, now and later, or where root alone makes
  // anything. Elsewhere files are given, one by one.
  kRunningAndSystem,   // and whole directories that may be read
  kRunningAndReading,  // and every file that may be read
  kAlone,              // and every file that may be written: nothing stands above this floor
};

// Whether somebody reads below it past the monitor.
inline bool IsReadBy(FloorUse use) { return use == FloorUse::kRunningAndSystem || use == FloorUse::kRunningAndReading; }

struct FloorRule {
  std::string path;
  bool is_directory = false;
  bool read = false, run = false, write = false;

  uint64_t Access() const;  // LANDLOCK_ACCESS_FS_*
  friend bool operator==(const FloorRule&, const FloorRule&) = default;
};

struct FloorPlan {
  std::vector<FloorRule> rules;
  int carved = 0;  // directories that were left out for something in them, their contents looked at one by one
  bool out_of_time = false;  // some of those were not looked at
};

FloorPlan PlanFloor(const Ruleset& rules, FloorUse use, TreeView& tree);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_LANDLOCK_PLAN_H_
