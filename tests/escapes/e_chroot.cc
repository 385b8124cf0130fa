// Another root directory: /.ssh/id_ed25519 is no name that a rule knows.

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int loot = open(world.loot().c_str(), O_WRONLY | O_CREAT, 0600);
  if (chroot(world.home().c_str()) < 0) {
    if (unshare(CLONE_NEWUSER) < 0 || chroot(world.home().c_str()) < 0) return kCannotTry;
  }
  // The workspace is out of reach by its name from here, but not by a descriptor.
  const std::string text = Slurp("/.ssh/id_ed25519");
  return write(loot, text.data(), text.size()) > 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "e_chroot", .row = "E: unshare, clone/clone3 ns, setns, mount, pivot_root, chroot",
              .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
