// An O_PATH descriptor gives no access and is had for nothing; opened again by its name in /proc it gives all.

#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const int pinned = Pin(world.secret());
  if (pinned < 0) return 1;
  const std::string number = std::to_string(pinned), pid = std::to_string(getpid());
  LootBy(world, "self", Slurp("/proc/self/fd/" + number));
  LootBy(world, "thread-self", Slurp("/proc/thread-self/fd/" + number));
  LootBy(world, "task", Slurp("/proc/" + pid + "/task/" + pid + "/fd/" + number));
  LootBy(world, "dev-fd", Slurp("/dev/fd/" + number));
  LootBy(world, "relative", Slurp("../../../dev/fd/" + number));
  if (dup2(pinned, 0) == 0) LootBy(world, "stdin", Slurp("/dev/stdin"));
  return 0;
}

bool Escaped(Outside& outside) {
  return TookSecretBy(outside, {"self", "thread-self", "task", "dev-fd", "relative", "stdin"});
}

int Twin(const World& world) {
  if (!Spill("mine", "text")) return 1;
  const std::string number = std::to_string(Pin(world.work() + "/mine"));
  return Slurp("/proc/self/fd/" + number) == "text" && Slurp("/dev/fd/" + number) == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "b_reopen_pinned_secret",
              .row = "B: O_PATH then /proc/self/fd/N; open_tree(0)",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
