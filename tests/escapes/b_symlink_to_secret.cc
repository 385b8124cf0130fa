// Links of the workspace that end outside it: directly, by a chain, by a directory, by the links of /proc and /dev.

#include <unistd.h>

#include <cerrno>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const auto follow = [&](const char* how, const std::string& target, const std::string& rest = "") {
    if (symlink(target.c_str(), how) == 0) LootBy(world, how, Slurp(how + rest));
  };
  follow("direct", world.secret());
  follow("relative", "../home/.ssh/id_ed25519");
  follow("second", "direct");
  follow("third", "./second");
  follow("directory", world.home() + "/.ssh", "/id_ed25519");
  follow("by-root", "/proc/self/root" + world.secret());
  follow("by-cwd", "/proc/self/cwd/../home/.ssh", "/id_ed25519");
  const int pinned = Pin(world.secret());
  follow("by-fd", NameOfDescriptor(pinned));
  if (dup2(pinned, 0) == 0) follow("by-stdin", "/dev/stdin");
  return 0;
}

bool Escaped(Outside& outside) {
  return TookSecretBy(outside,
                      {"direct", "relative", "second", "third", "directory", "by-root", "by-cwd", "by-fd", "by-stdin"});
}

// O_NOFOLLOW protects programs inside from one another: it must reach the kernel.
int Twin(const World&) {
  if (!Spill("mine", "text") || symlink("mine", "a") < 0 || symlink("a", "b") < 0 || Slurp("b") != "text") return 1;
  return open("b", O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP ? 0 : 2;
}

USHER_ESCAPE({.name = "b_symlink_to_secret",
              .row = "B: symlinks and hard links in the workspace",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
