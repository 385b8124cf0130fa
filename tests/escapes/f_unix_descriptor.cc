// By way of a descriptor of the directory: /proc/self/fd/N/agent.sock, whoever self is.

#include <fcntl.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.ListenUnix(outside.world().home() + "/agent.sock"); }

int Attack(const World& world) {
  const std::string there = world.home() + "/agent.sock", here = world.work() + "/s";
  const int home = open(world.home().c_str(), O_PATH | O_DIRECTORY);
  return Dial(Unix("/proc/self/fd/" + std::to_string(home) + "/agent.sock")) < 0;
}

int Twin(const World& world) {
  if (Serve(Unix(world.work() + "/s")) < 0) return 1;
  const int work = open(world.work().c_str(), O_PATH | O_DIRECTORY);
  return Dial(Unix("/proc/self/fd/" + std::to_string(work) + "/s")) >= 0 ? 0 : 2;
}

USHER_ESCAPE({.name = "f_unix_descriptor", .row = "F: named unix sockets", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Reached, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
