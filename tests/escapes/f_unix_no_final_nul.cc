// A path that fills the address to the end without a NUL, and one with bytes behind the NUL.

#include "tests/escapes/sockets.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.ListenUnix(outside.world().home() + "/agent.sock"); }

int Attack(const World& world) {
  const std::string there = world.home() + "/agent.sock", here = world.work() + "/s";
  Address exact = Unix(there), longer = exact;
  --exact.size;
  if (Dial(exact) >= 0) return 0;
  longer.size = sizeof(sockaddr_un);
  std::memcpy(reinterpret_cast<char*>(&longer.storage) + exact.size + 1, here.data(), 8);
  return Dial(longer) < 0;
}

USHER_ESCAPE({.name = "f_unix_no_final_nul", .row = "F: named unix sockets", .prepare = &Prepare, .attack = &Attack,
              .escaped = &Reached});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
