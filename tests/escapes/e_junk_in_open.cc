// Junk above the 32 bits of dirfd and flags, which the kernel does not look at: other values for whoever compares all 64.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const uint64_t junk = 0xdeadbeef00000000;
  const auto fd = static_cast<int>(syscall(SYS_openat, junk | 0xffffff9c /* AT_FDCWD */, world.secret().c_str(), junk | O_RDONLY, 0));
  char text[256];
  const ssize_t size = read(fd, text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

int Twin(const World& world) {
  Spill(world.work() + "/file", "text");
  const uint64_t junk = 0xdeadbeef00000000;
  return syscall(SYS_openat, junk | 0xffffff9c, "file", junk | O_RDONLY, 0) >= 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "e_junk_in_open", .row = "E: upper register halves", .attack = &Attack, .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
