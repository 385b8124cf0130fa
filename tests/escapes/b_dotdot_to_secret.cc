// Names that begin inside and end outside: a rule that compares beginnings of names sees the workspace only.

#include <sys/stat.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  mkdir("sub", 0755);
  LootBy(world, "relative", Slurp("../home/.ssh/id_ed25519"));
  LootBy(world, "absolute", Slurp(world.work() + "/sub/../../home/.ssh/id_ed25519"));
  LootBy(world, "slashes", Slurp(world.work() + "//./sub/.././..//home/./.ssh//id_ed25519"));
  return 0;
}

bool Escaped(Outside& outside) { return TookSecretBy(outside, {"relative", "absolute", "slashes"}); }

int Twin(const World& world) {
  mkdir("sub", 0755);
  return Spill("mine", "text") && Slurp(world.work() + "/sub/.././/../work/mine") == "text" ? 0 : 1;
}

USHER_ESCAPE({.name = "b_dotdot_to_secret",
              .row = "B: relative, .., dirfd, fchdir",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
