// The writer is a process of its own that shares all memory and nothing else (CLONE_VM without CLONE_THREAD).

#include <sched.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  char name[] = "s/letters";
  char* const at = name;
  const MeanwhileOutOfProcess turning(CLONE_VM, [at](unsigned i) { TurnDoor(at, i); });
  return KeepTrying([&] { return OpenAndTakeSecret(world, name); }) ? 0 : 1;
}

USHER_ESCAPE({.name = "a_clone_vm_writer",
              .row = "A: CLONE_VM",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
