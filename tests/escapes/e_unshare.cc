// A user namespace gives all capabilities in it, and so a mount namespace whose names are ours to choose.

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// In a namespace of our own we may mount: the home's hidden directory gets a name in the workspace.
int MountAndTake(const World& world) {
  const std::string here = world.work() + "/here", there = world.home() + "/.ssh";
  mkdir(here.c_str(), 0700);
  if (mount(there.c_str(), here.c_str(), nullptr, MS_BIND, nullptr) < 0) return kCannotTry;
  return Loot(world, Slurp(here + "/id_ed25519")) ? 0 : 1;
}

int Attack(const World& world) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) return kCannotTry;
  return MountAndTake(world);
}

USHER_ESCAPE({.name = "e_unshare", .row = "E: unshare, clone/clone3 ns, setns, mount, pivot_root, chroot",
              .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
