// open_tree(2) gives a handle of a directory as O_PATH does, by a number that a filter for opens does not hold.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const auto tree = static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, (world.home() + "/.ssh").c_str(), 0));
  if (tree < 0) return kCannotTry;
  const int fd = openat(tree, "id_ed25519", O_RDONLY);
  char text[256];
  const ssize_t size = read(fd, text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

USHER_ESCAPE({.name = "e_open_tree", .row = "E: unshare, clone/clone3 ns, setns, mount, pivot_root, chroot",
              .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
