// Bit 30 of the number makes it a call of the x32 ABI: the same calls, and a filter by number knows none of them.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

#if defined(__x86_64__)
int Attack(const World& world) {
  const auto fd = static_cast<int>(syscall(0x40000000 | SYS_open, world.secret().c_str(), O_RDONLY));
  if (fd < 0 && errno == ENOSYS) return kCannotTry;
  char text[256];
  const ssize_t size = read(fd, text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}
#else
int Attack(const World&) { return kCannotTry; }
#endif

USHER_ESCAPE({.name = "e_x32_open", .row = "E: x32", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
