// Links of /proc lead to the root and the working directory of whoever walks them: the name begins with neither place.

#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

std::string Task() { return std::to_string(getpid()) + "/task/" + std::to_string(getpid()); }

int Attack(const World& world) {
  LootBy(world, "self-root", Slurp("/proc/self/root" + world.secret()));
  LootBy(world, "thread-self-root", Slurp("/proc/thread-self/root" + world.secret()));
  LootBy(world, "task-root", Slurp("/proc/" + Task() + "/root" + world.secret()));
  LootBy(world, "self-task-root", Slurp("/proc/self/task/" + std::to_string(getpid()) + "/root" + world.secret()));
  LootBy(world, "cwd", Slurp("/proc/self/cwd/../home/.ssh/id_ed25519"));
  LootBy(world, "twice", Slurp("/proc/self/root/proc/self/cwd/../home/.ssh/id_ed25519"));
  LootBy(world, "relative", Slurp("../../../proc/self/cwd/../home/.ssh/id_ed25519"));
  return 0;
}

bool Escaped(Outside& outside) {
  return TookSecretBy(outside,
                      {"self-root", "thread-self-root", "task-root", "self-task-root", "cwd", "twice", "relative"});
}

int Twin(const World& world) {
  if (!Spill("mine", "text") || Slurp("/proc/self/root" + world.work() + "/mine") != "text") return 1;
  return Slurp("/proc/thread-self/cwd/mine") == "text" && Slurp("/proc/" + Task() + "/cwd/mine") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "b_proc_root_and_cwd",
              .row = "B: /proc/self/root, thread-self, task/N/root, cwd/..",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
