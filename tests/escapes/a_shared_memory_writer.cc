// The writer is another process, with the name in memory that both share: stopping the caller's threads does not stop
// it.

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  char* name = SharedPage();
  std::strcpy(name, kBehindDoor);
  const MeanwhileOutOfProcess turning(0, [name](unsigned i) { TurnDoor(name, i); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, name); }) ? 0 : 1;
}

USHER_ESCAPE({.name = "a_shared_memory_writer",
              .row = "A: shared memory",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
