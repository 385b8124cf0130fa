// A hard link to a file that is held by an O_PATH descriptor: the old name is no argument of the call.

#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int pinned = Pin(world.secret());
  if (linkat(AT_FDCWD, NameOfDescriptor(pinned).c_str(), AT_FDCWD, "by-name", AT_SYMLINK_FOLLOW) == 0) {
    return Loot(world, Slurp("by-name")) ? 0 : 1;
  }
  // Needs a capability before Linux 6.10.
  if (linkat(pinned, "", AT_FDCWD, "by-fd", AT_EMPTY_PATH) < 0) return 1;
  return Loot(world, Slurp("by-fd")) ? 0 : 1;
}

int Twin(const World& world) {
  if (!Spill("mine", "text")) return 1;
  const int pinned = Pin(world.work() + "/mine");
  if (linkat(AT_FDCWD, NameOfDescriptor(pinned).c_str(), AT_FDCWD, "again", AT_SYMLINK_FOLLOW) < 0) return 2;
  return Slurp("again") == "text" ? 0 : 3;
}

USHER_ESCAPE({.name = "b_link_of_pinned_secret",
              .row = "B: symlinks and hard links in the workspace",
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
