// Which library does the dynamic loader get, when it asks for the C library? A copy whose opens go through the gate
// (docs/decisions/0005), made once for all processes of the run, in memory that nobody can change.

#ifndef USHER_SUPERVISOR_GATED_LIBRARIES_H_
#define USHER_SUPERVISOR_GATED_LIBRARIES_H_

#include <cstdint>
#include <vector>

#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

class GatedLibraries {
 public:
  // A new descriptor of the copy, for an allowed open by the loader. Empty when the open is about something else, when
  // the library cannot be patched, or when anything fails: then the file itself is as good, only slower.
  UniqueFd For(const Call& call, uint64_t ip, const Target& target);

 private:
  struct Copy {
    struct stat original {};
    UniqueFd memory;  // empty: looked at, and left alone
  };
  std::vector<Copy> copies_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_GATED_LIBRARIES_H_
