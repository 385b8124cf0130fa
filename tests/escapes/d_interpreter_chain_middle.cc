// The denied one is a script in the middle of a chain: neither what was named, nor what the kernel loads in the end.

#include "tests/escapes/starting.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Write(DeniedProgram(outside.world()), std::string("#!/bin/sh\necho ") + kRan);
  chmod(DeniedProgram(outside.world()).c_str(), 0755);
}

int Attack(const World& world) {
  Spill("second", "#!" + DeniedProgram(world) + "\n");
  Spill("first", "#!" + world.work() + "/second\n");
  return RunDenied(world, "./first");
}

USHER_ESCAPE({.name = "d_interpreter_chain_middle",
              .row = "D: shebang chain",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &DeniedProgramRan,
              .policy = kDenyPolicy});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
