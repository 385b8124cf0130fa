// A filter of its own makes open(2) answer 0 without being made: nobody hears of it, and nothing has happened. A
// harmless lie, but one that must leave the other doors (open by its older name, here) as they are.

#include "tests/escapes/filtering.h"
#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  if (FilterOpenAt(SECCOMP_RET_ERRNO, SECCOMP_FILTER_FLAG_TSYNC) != 0) return 1;
#if defined(SYS_open)
  const auto fd = static_cast<int>(syscall(SYS_open, world.secret().c_str(), O_RDONLY));
  char text[256];
  const ssize_t got = read(fd, text, sizeof(text));
  const auto loot = static_cast<int>(syscall(SYS_open, world.loot().c_str(), O_WRONLY | O_CREAT, 0644));
  return got > 0 && write(loot, text, static_cast<size_t>(got)) > 0 ? 0 : 1;
#else
  return world.root.empty() ? 1 : (std::puts("only one open on this processor"), kCannotTry);
#endif
}

int Twin(const World&) {
  return FilterOpenAt(SECCOMP_RET_ERRNO | ENOTNAM, 0) == 0 && syscall(SYS_openat, AT_FDCWD, ".", O_RDONLY) < 0 &&
                 errno == ENOTNAM
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "d_own_filter_hides",
              .row = "D: own seccomp filter",
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
