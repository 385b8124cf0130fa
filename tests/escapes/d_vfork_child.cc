// A child in its parent's memory (vfork), which the parent waits for.

#include <sched.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const long child = syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr, nullptr, nullptr, 0);
  if (child == 0) _exit(OpenAndTakeSecret(world, world.secret().c_str()) ? 0 : 1);
  usleep(0);
  return child < 0 ? 1 : 0;
}

USHER_ESCAPE({.name = "d_vfork_child",
              .row = "D: vfork/CLONE_UNTRACED/CLONE_PARENT/double fork/setsid",
              .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
