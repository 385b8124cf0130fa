// Junk above the 32 bits of the call's number itself.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

#if defined(__x86_64__)
int Attack(const World& world) {
  long rc = static_cast<long>(0x7700000000ull | SYS_open);
  const std::string name = world.secret();
  asm volatile("syscall" : "+a"(rc) : "D"(name.c_str()), "S"(0L), "d"(0L) : "rcx", "r11", "memory");
  if (rc == -ENOSYS) return kCannotTry;
  char text[256];
  const ssize_t size = read(static_cast<int>(rc), text, sizeof(text));
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}
#else
int Attack(const World&) { return kCannotTry; }
#endif

USHER_ESCAPE({.name = "e_junk_in_number", .row = "E: upper register halves", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
