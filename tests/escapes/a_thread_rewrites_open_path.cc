// A second thread flips one byte of the name while open(2) is being judged: looked at it is harmless, used it is not.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  char name[] = "s/letters";
  const Meanwhile turning([&](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, name); }) ? 0 : 1;
}

USHER_ESCAPE({.name = "a_thread_rewrites_open_path",
              .row = "A: thread rewrites path",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
