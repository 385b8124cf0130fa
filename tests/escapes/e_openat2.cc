// openat2(2): the same deed with its flags behind a pointer.

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  open_how how{};
  const auto fd = static_cast<int>(syscall(SYS_openat2, AT_FDCWD, world.secret().c_str(), &how, sizeof(how)));
  if (fd < 0) return kCannotTry;
  char text[256];
  const ssize_t size = read(fd, text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

USHER_ESCAPE({.name = "e_openat2", .row = "E: upper register halves", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
