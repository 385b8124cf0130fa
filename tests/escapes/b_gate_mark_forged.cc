// The gate's mark, set by hand: on every kind of open and every name that a secret has, from any place in the program.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "interpose/wire.h"
#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr uint64_t kMarked = uint64_t{kGateMark} << 32;

std::string ReadMarked(int directory, const std::string& name, int flags) {
  const auto fd = static_cast<int>(syscall(SYS_openat, directory, name.c_str(), flags, kMarked));
  return fd < 0 ? "" : Slurp(NameOfDescriptor(fd));
}

int Attack(const World& world) {
  LootBy(world, "plain", ReadMarked(AT_FDCWD, world.secret(), O_RDONLY));
  LootBy(world, "dots", ReadMarked(AT_FDCWD, "../home/.ssh/id_ed25519", O_RDONLY));
  LootBy(world, "by-root", ReadMarked(AT_FDCWD, "/proc/self/root" + world.secret(), O_RDONLY));
  const int pinned = Pin(world.secret());
  LootBy(world, "by-fd", ReadMarked(AT_FDCWD, NameOfDescriptor(pinned), O_RDONLY));
  const int directory = Pin(world.home() + "/.ssh");
  LootBy(world, "by-directory", ReadMarked(directory, "id_ed25519", O_RDONLY));
  if (symlink(world.secret().c_str(), "link") == 0) LootBy(world, "link", ReadMarked(AT_FDCWD, "link", O_RDONLY));
  LootBy(world, "junk", ReadMarked(AT_FDCWD, world.secret(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
#ifdef SYS_open
  const auto old = static_cast<int>(syscall(SYS_open, world.secret().c_str(), O_RDONLY, kMarked));
  if (old >= 0) LootBy(world, "open", Slurp(NameOfDescriptor(old)));
#endif
  // With the mark, but not for reading.
  for (const int flags : {O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_CREAT, O_RDONLY | O_TRUNC, O_ACCMODE}) {
    const auto fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, world.note().c_str(), flags, kMarked | 0644));
    if (fd >= 0) (void)!write(fd, "theirs", 6);
  }
  return 0;
}

bool Escaped(Outside& outside) {
  return ChangedNote(outside) ||
         TookSecretBy(outside, {"plain", "dots", "by-root", "by-fd", "by-directory", "link", "junk", "open"});
}

int Twin(const World&) {
  const std::string mine = Told("TMPDIR") + "/mine";
  if (!Spill(mine, "text")) return 1;
  const auto fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, mine.c_str(), O_RDONLY, kMarked));
  return fd >= 0 && Slurp(NameOfDescriptor(fd)) == "text" ? 0 : 2;
}

USHER_ESCAPE({.name = "b_gate_mark_forged",
              .row = "B: what the gate lets into the kernel",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
