// The number of a directory descriptor stays, what it stands for flips: a folder of the workspace, the folder of the
// keys.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  const int own = open("twin", O_PATH | O_CLOEXEC),
            foreign = open((world.home() + "/.ssh").c_str(), O_PATH | O_CLOEXEC);
  const int at = dup(own);
  const Meanwhile turning([&](unsigned i) { dup3(i % 2 == 0 ? own : foreign, at, O_CLOEXEC); });
  return KeepTrying([&] {
    return TakeSecret(world, static_cast<int>(syscall(SYS_openat, at, "letters", O_RDONLY | O_CLOEXEC, 0)));
  })
             ? 0
             : 1;
}

int Twin(const World& world) {
  MakeDoorsToSecret(world);
  return openat(open("twin", O_PATH | O_CLOEXEC), "letters", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "a_dup2_dirfd",
              .row = "A: fd number reused",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
