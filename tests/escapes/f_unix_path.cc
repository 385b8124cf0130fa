// A service of the person's behind a socket in the home: an agent that holds keys, a daemon that starts programs.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.ListenUnix(outside.world().home() + "/agent.sock"); }

int Attack(const World& world) {
  const std::string there = world.home() + "/agent.sock", here = world.work() + "/s";
  return Dial(Unix(there)) < 0;
}

int Twin(const World& world) {
  const Address own = Unix(world.work() + "/s");
  return Serve(own) >= 0 && Dial(own) >= 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "f_unix_path", .row = "F: named unix sockets", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Reached, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
