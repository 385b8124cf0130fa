// /proc/self/root and /proc/self/cwd are other ways to write the same name.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.ListenUnix(outside.world().home() + "/agent.sock"); }

int Attack(const World& world) {
  const std::string there = world.home() + "/agent.sock", here = world.work() + "/s";
  if (Dial(Unix("/proc/self/root" + there)) >= 0) return 0;
  return Dial(Unix("/proc/thread-self/cwd/../home/agent.sock")) < 0;
}

USHER_ESCAPE({.name = "f_unix_root_link", .row = "F: named unix sockets", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
