// A child writes the name in its parent's memory with process_vm_writev(2), for which it is allowed to: both are
// inside.

#include <sys/prctl.h>
#include <sys/uio.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  MakeDoorsToSecret(world);
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);  // where Yama would have children keep out
  char name[] = "s/letters";
  const pid_t parent = getpid();
  char* const at = name;
  const MeanwhileOutOfProcess turning(0, [parent, at](unsigned i) {
    char byte = i % 2 == 0 ? 't' : 's';
    const iovec here{&byte, 1}, there{at, 1};
    return process_vm_writev(parent, &here, 1, &there, 1, 0);
  });
  return KeepTrying([&] { return OpenAndTakeSecret(world, name); }) ? 0 : 1;
}

USHER_ESCAPE({.name = "a_process_vm_writer",
              .row = "A: process_vm_writev",
              .prepare = &PutLetters,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &TwinBehindDoor});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
