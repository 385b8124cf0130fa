// How does a program that was made during the run run as itself? Landlock takes no rule once the command stands below
// it, but it knows files as objects: a few unnamed files are made at the start, each with a right of its own. The first
// time that a new program is run, its content goes into one of them, which then takes its place under its name. It runs
// from there as it would outside, under a debugger too. When none is left, programs run from copies (exec_retry.h).

#ifndef USHER_SUPERVISOR_SPARE_PROGRAMS_H_
#define USHER_SUPERVISOR_SPARE_PROGRAMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policies/ruleset.h"
#include "supervisor/floor_reach.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/target.h"

namespace usher {

class SparePrograms {
 public:
  SparePrograms(const Ruleset& rules, FloorReach& reach) : rules_(rules), reach_(reach) {}

  // Before the command is confined: files on the file system of `directory`, with the rights `access` in the Landlock
  // ruleset `floor`. As many as can be had; a file system that knows none unnamed gives none.
  void Make(const std::string& directory, int floor, uint64_t access);

  // Of a program that was judged and may run. Only what the sandbox could itself replace is, and nothing but its inode
  // changes: what more would (other links, attributes, an owner) stays as it is. False: nothing was done.
  bool PutInPlace(Program& program);

 private:
  bool MayTakeThePlaceOf(const Program& program) const;

  const Ruleset& rules_;
  FloorReach& reach_;
  std::vector<UniqueFd> spares_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_SPARE_PROGRAMS_H_
