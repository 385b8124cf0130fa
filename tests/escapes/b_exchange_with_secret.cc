// The rule is about a name, so the thing is given another name, or changes places with something harmless.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  mkdir("decoy", 0755);
  const std::string ssh = world.home() + "/.ssh";
  if (syscall(SYS_renameat2, AT_FDCWD, "decoy", AT_FDCWD, ssh.c_str(), RENAME_EXCHANGE) == 0) {
    LootBy(world, "exchange", Slurp("decoy/id_ed25519"));
    rename("decoy/id_ed25519", (ssh + "/id_ed25519").c_str());
  }
  if (rename(world.secret().c_str(), "file") == 0) {
    LootBy(world, "file", Slurp("file"));
    rename("file", world.secret().c_str());
  }
  if (rename(ssh.c_str(), "directory") == 0) LootBy(world, "directory", Slurp("directory/id_ed25519"));
  return 0;
}

bool Escaped(Outside& outside) {
  return TookSecretBy(outside, {"exchange", "file", "directory"}) || !outside.Exists(outside.world().secret());
}

int Twin(const World&) {
  if (mkdir("a", 0755) < 0 || !Spill("a/mine", "text") || !Spill("b", "other")) return 1;
  if (syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE) < 0) return 2;
  return Slurp("b/mine") == "text" && Slurp("a") == "other" ? 0 : 3;
}

USHER_ESCAPE({.name = "b_exchange_with_secret",
              .row = "B: rename in / out, exchange",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
