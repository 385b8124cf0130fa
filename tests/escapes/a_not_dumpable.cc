// A process that has made itself undumpable cannot be read by its peers. A supervisor that goes on without an argument
// that it cannot read lets everything pass.

#include <sys/prctl.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return OpenAndTakeSecret(world, world.secret().c_str()) ? 0 : 1;
}

int Twin(const World& world) {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && Spill(world.work() + "/own", "text") ? 0 : 1;
}

USHER_ESCAPE({.name = "a_not_dumpable",
              .row = "A: memory the supervisor cannot read",
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
