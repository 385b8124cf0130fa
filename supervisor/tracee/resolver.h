// From a name as the tracee means it to the object itself.
//
// The answer holds descriptors, and all that follows is done on them: no name is looked up twice (invariant 2). "." and
// descriptors are the calling thread's, /proc/self, /proc/thread-self and magic links are the caller's, never ours. The root
// directory is ours, because the filter refuses everything that could give the tracee another one.

#ifndef USHER_SUPERVISOR_TRACEE_RESOLVER_H_
#define USHER_SUPERVISOR_TRACEE_RESOLVER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"
#include "supervisor/tracee/callers_descriptors.h"

namespace usher {

class Resolver {
 public:
  explicit Resolver(int32_t tid) : tid_(tid) {}
  explicit Resolver(const CallersDescriptors& descriptors) : tid_(descriptors.tid()), descriptors_(&descriptors) {}

  // The object that exists; ENOENT and the like as the tracee would get them. `follow`: a final symbolic link is followed.
  absl::StatusOr<Resolved> Object(const NameArgument& name, bool follow) const;

  // A name to make or take away: the parent exists, the leaf may not. The object is filled when it does (a final symbolic
  // link is the object).
  absl::StatusOr<Resolved> NewName(const NameArgument& name) const;

  // For open(O_CREAT): the object if it exists (a final link is followed if `follow`), else parent and leaf: of
  // where a final dangling link leads, if `follow`.
  absl::StatusOr<Resolved> ObjectOrNewName(const NameArgument& name, bool follow) const;

  // What a descriptor of the tracee holds.
  absl::StatusOr<Resolved> Descriptor(int32_t fd) const;

 private:
  // Where a walk is: a directory, and what is left to walk.
  struct Walk;

  // Where an object that has no name comes from: a descriptor of this process. -1: it is none of the descriptors.
  struct Slot {
    int32_t pid = 0;
    int32_t fd = -1;
  };

  absl::StatusOr<UniqueFd> Base(const NameArgument& name) const;
  absl::StatusOr<Resolved> Parent(const NameArgument& parent) const;
  // `borrowed`: it is what a descriptor or a link of /proc holds, and was not walked to on mounts of ours.
  absl::StatusOr<Resolved> Finish(UniqueFd object, bool borrowed, Slot slot) const;
  absl::StatusOr<Resolved> WalkByHand(const NameArgument& name, bool follow, bool leaf_may_be_missing) const;
  absl::StatusOr<int32_t> ThreadGroup() const;

  absl::Status CheckOpen(Slot slot, const struct stat& object) const;

  int32_t tid_;
  const CallersDescriptors* descriptors_ = nullptr;  // null: they may be taken
};

// Splits "a/b/c/" into "a/b" and "c/"; the parent of a bare name is ".", of "/x" it is "/".
struct SplitName {
  std::string parent, leaf;
};
SplitName SplitLeaf(std::string_view name);

}  // namespace usher

#endif  // USHER_SUPERVISOR_TRACEE_RESOLVER_H_
