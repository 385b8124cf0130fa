// Every way to say "for writing" to open, on files that may be read: modes, flags, and the fourth mode that nobody
// uses.

#include <fcntl.h>
#include <sys/syscall.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

struct Mode {
  const char* name;
  int flags;
};
constexpr Mode kModes[] = {{"write", O_WRONLY},
                           {"both", O_RDWR},
                           {"append", O_WRONLY | O_APPEND},
                           {"create", O_WRONLY | O_CREAT},
                           {"read-truncate", O_RDONLY | O_TRUNC},
                           {"read-create-truncate", O_RDONLY | O_CREAT | O_TRUNC},
                           {"third-truncate", 3 | O_TRUNC}};  // asks for both rights, gives neither

std::string At(const World& world, const Mode& mode) { return world.home() + "/.local/lib/tool/" + mode.name; }

void Prepare(Outside& outside) {
  for (const Mode& mode : kModes) outside.Write(At(outside.world(), mode), "as it was\n");
}

int Attack(const World& world) {
  for (const Mode& mode : kModes) {
    SpillDescriptor(static_cast<int>(syscall(SYS_openat, AT_FDCWD, At(world, mode).c_str(), mode.flags, 0644)),
                    "changed");
  }
  return 0;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const Mode& mode : kModes)
    tries.push_back({mode.name, outside.Read(At(outside.world(), mode)) != "as it was\n"});
  return Worked(outside, tries);
}

// O_CREAT on what exists makes nothing, and is no writing.
int Twin(const World& world) {
  const std::string name = At(world, kModes[0]);
  if (SlurpDescriptor(open(name.c_str(), O_RDONLY | O_CREAT, 0644)) != "as it was\n") return 1;
  return SlurpDescriptor(open(name.c_str(), O_RDONLY)) == "as it was\n" && Spill("mine", "text") ? 0 : 2;
}

USHER_ESCAPE({.name = "c_open_for_writing",
              .row = "C: create, write, truncate, unlink, rename, mknod, mkdir, symlink, bind",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
