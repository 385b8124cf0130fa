// openat2(2) has its flags behind a pointer: a look that grants nothing (O_PATH) turns into an open for reading.

#include <linux/openat2.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  open_how how{};
  volatile auto* flags = &how.flags;
  const Meanwhile turning([&](unsigned i) { *flags = i % 2 == 0 ? O_PATH : O_RDONLY; });
  return KeepTrying([&] {
    return TakeSecret(world,
                      static_cast<int>(syscall(SYS_openat2, AT_FDCWD, world.secret().c_str(), &how, sizeof(how))));
  })
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "a_open_how_race",
              .row = "A: structs by pointer: open_how",
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
