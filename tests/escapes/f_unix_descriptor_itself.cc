// An O_PATH descriptor of the socket can be dialled as /proc/self/fd/N, and O_PATH is not judged.

#include <fcntl.h>

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.ListenUnix(outside.world().home() + "/agent.sock"); }

int Attack(const World& world) {
  const std::string there = world.home() + "/agent.sock", here = world.work() + "/s";
  const int socket = open(there.c_str(), O_PATH);
  return Dial(Unix("/proc/self/fd/" + std::to_string(socket))) < 0;
}

USHER_ESCAPE({.name = "f_unix_descriptor_itself", .row = "F: named unix sockets", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
