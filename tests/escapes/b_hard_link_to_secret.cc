// A second name in the workspace for a file that must not be read: the rule is about the first name.

#include <unistd.h>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const std::string name = world.work() + "/harmless";
  if (link(world.secret().c_str(), name.c_str()) < 0) return 1;
  return Loot(world, Slurp(name)) ? 0 : 1;
}

int Twin(const World& world) {
  const std::string first = world.work() + "/first", second = world.work() + "/second";
  return Spill(first, "text") && link(first.c_str(), second.c_str()) == 0 && Slurp(second) == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "b_hard_link_to_secret", .row = "B: symlinks and hard links in the workspace", .attack = &Attack,
              .escaped = &TookSecret, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
