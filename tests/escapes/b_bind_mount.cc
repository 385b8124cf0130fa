// In a user namespace of one's own one may mount: the secret's directory onto a name in the workspace.

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdio>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  mkdir("mounted", 0755);
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) {
    std::puts("no user namespaces");
    return kCannotTry;
  }
  if (mount((world.home() + "/.ssh").c_str(), "mounted", nullptr, MS_BIND, nullptr) < 0) return 1;
  return Loot(world, Slurp("mounted/id_ed25519")) ? 0 : 1;
}

USHER_ESCAPE(
    {.name = "b_bind_mount", .row = "B: other names of a file: a mount", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
