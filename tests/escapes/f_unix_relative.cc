// chdir(2) stays in the kernel; a relative name then means something else.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.ListenUnix(outside.world().home() + "/agent.sock"); }

int Attack(const World& world) {
  const std::string there = world.home() + "/agent.sock", here = world.work() + "/s";
  if (chdir(world.home().c_str()) < 0) return 1;
  return Dial(Unix("agent.sock")) < 0;
}

USHER_ESCAPE({.name = "f_unix_relative", .row = "F: named unix sockets", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
