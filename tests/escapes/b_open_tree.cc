// open_tree without OPEN_TREE_CLONE is an O_PATH open by another number.

#include <sys/syscall.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const long tree = syscall(SYS_open_tree, AT_FDCWD, world.secret().c_str(), O_CLOEXEC);
  if (tree < 0) return 1;
  return Loot(world, Slurp(NameOfDescriptor(static_cast<int>(tree)))) ? 0 : 1;
}

USHER_ESCAPE({.name = "b_open_tree",
              .row = "B: O_PATH then /proc/self/fd/N; open_tree(0)",
              .attack = &Attack,
              .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
