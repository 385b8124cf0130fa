// Names that mean nothing by themselves: the directory that they start from is a number in another argument.

#include <sys/syscall.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  LootBy(world, "home", SlurpAt(Pin(world.home()), ".ssh/id_ed25519"));
  LootBy(world, "beside", SlurpAt(Pin(world.home() + "/.ssh"), "id_ed25519"));
  LootBy(world, "up", SlurpAt(Pin(world.work() + "/.git"), "../../home/.ssh/id_ed25519"));
  // Half a register: the kernel takes the low 32 bits of a descriptor.
  const int home = Pin(world.home());
  const long wide = static_cast<long>(0x1234567800000000ul | static_cast<unsigned long>(home));
  LootBy(world, "wide", SlurpDescriptor(static_cast<int>(syscall(SYS_openat, wide, ".ssh/id_ed25519", O_RDONLY, 0))));
  return 0;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, {"home", "beside", "up", "wide"}); }

int Twin(const World& world) {
  return Spill(".git/mine", "text") && SlurpAt(Pin(world.work() + "/.git"), "mine") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "b_directory_descriptor",
              .row = "B: relative, .., dirfd, fchdir",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
