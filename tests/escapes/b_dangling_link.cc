// Opened for creating, a link that leads nowhere makes the file that it names: the new name is not the one that was
// given.

#include <unistd.h>

#include <cerrno>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const auto create = [&](const char* how, const std::string& target) {
    if (symlink(target.c_str(), how) == 0)
      SpillDescriptor(open(how, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), "planted\n");
  };
  create("direct", world.home() + "/made-direct");
  create("end", world.home() + "/made-chain");
  create("chain", "end");
  create("by-root", "/proc/self/root" + world.home() + "/made-by-root");
  create("by-cwd", "/proc/self/cwd/../home/made-by-cwd");
  return 0;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const char* how : {"made-direct", "made-chain", "made-by-root", "made-by-cwd"}) {
    tries.push_back({how, outside.Exists(outside.world().home() + "/" + how)});
  }
  return Worked(outside, tries);
}

int Twin(const World&) {
  if (symlink("fresh", "link") < 0) return 1;
  if (open("link", O_WRONLY | O_CREAT | O_EXCL, 0644) >= 0 || errno != EEXIST) return 2;
  return Spill("link", "text") && Slurp("fresh") == "text" ? 0 : 3;
}

USHER_ESCAPE({.name = "b_dangling_link",
              .row = "B: symlinks and hard links in the workspace",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
