// Whoever opens /proc/self for another opens his own; and if not, his number can be found. Usher keeps credentials from
// the environment of what it runs, so that it has them itself.

#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) { outside.Tell("SHOP_API_KEY", World::secret_text()); }

int Attack(const World& world) {
  std::string found = Told("SHOP_API_KEY");
  for (const char* name : {"self", "thread-self", "self/task/../../self"}) {
    found += Slurp(std::string("/proc/") + name + "/environ");
  }
  if (symlink("/proc/self/environ", "mine") == 0) found += Slurp("mine");
  // All of one's ancestors, and whoever is numbered between.
  for (pid_t pid = getpid(); pid > 1 && pid > getpid() - 200; --pid) {
    const std::string entry = "/proc/" + std::to_string(pid) + "/environ";
    found += Slurp(entry);
    found += Slurp(NameOfDescriptor(Pin(entry)));
  }
  return Loot(world, found) ? 0 : 1;
}

int Twin(const World&) { return Slurp("/proc/self/environ").find("HOME=") != std::string::npos ? 0 : 1; }

USHER_ESCAPE({.name = "i_environment_of_the_supervisor",
              .row = "H: read it or its parents",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &TookSecret,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
