// Which library does the dynamic loader get, when it asks for the C library? A copy whose opens go through the gate
// (docs/decisions/0005), made once for all processes of the run, in memory that nobody can change.

#ifndef USHER_SUPERVISOR_GATED_LIBRARIES_H_
#define USHER_SUPERVISOR_GATED_LIBRARIES_H_

#include <sys/stat.h>

#include <cstdint>
#include <future>
#include <vector>

#include "supervisor/kernel/unique_fd.h"
#include "supervisor/syscalls/call.h"
#include "supervisor/syscalls/target.h"

namespace usher {

class GatedLibraries {
 public:
  // Begins with the library that this machine's programs most likely ask for, on a thread of its own: patching takes some
  // milliseconds, and nobody shall wait for them.
  void Begin();

  // A new descriptor of the copy, for an allowed open by the loader. Empty when the open is about something else, when
  // the library cannot be patched, or when anything fails: then the file itself is as good, only slower.
  UniqueFd For(const Call& call, uint64_t ip, const Target& target);

 private:
  struct Copy {
    struct stat original {};
    UniqueFd memory;  // empty: looked at, and left alone
  };
  static UniqueFd MakeCopy(int object, off_t size);

  std::vector<Copy> copies_;
  std::future<Copy> begun_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_GATED_LIBRARIES_H_
