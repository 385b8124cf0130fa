// A child that is its parent's sibling (CLONE_PARENT): it hangs off whoever started the sandbox.

#include <sched.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const long child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, 0);
  if (child == 0) _exit(OpenAndTakeSecret(world, world.secret().c_str()) ? 0 : 1);
  usleep(200000);
  return child < 0 ? 1 : 0;
}

USHER_ESCAPE({.name = "d_childs_parent",
              .row = "D: vfork/CLONE_UNTRACED/CLONE_PARENT/double fork/setsid",
              .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
