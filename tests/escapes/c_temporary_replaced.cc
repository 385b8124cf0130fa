// The temporary directory is the sandbox's own, its name too: a link to the home in its place. What is written there
// next, and whoever tidies up afterwards, goes where the link leads.

#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Prepare(Outside& outside) {
  outside.Write(outside.world().home() + "/.cache/tmp/x", "");
  outside.Tell("TMPDIR", outside.world().home() + "/.cache/tmp");
  outside.Write(outside.world().home() + "/papers/one", "as it was\n");
}

int Attack(const World& world) {
  const std::string temporary = Told("TMPDIR");
  if (rename(temporary.c_str(), (world.work() + "/aside").c_str()) < 0) rmdir(temporary.c_str());
  if (symlink(world.home().c_str(), temporary.c_str()) < 0) return 1;
  Spill(temporary + "/note.txt", "changed\n");
  unlink((temporary + "/papers/one").c_str());
  rmdir((temporary + "/papers").c_str());
  return 0;
}

bool Escaped(Outside& outside) {
  return ChangedNote(outside) || outside.Read(outside.world().home() + "/papers/one") != "as it was\n";
}

int Twin(const World&) {
  const std::string mine = Told("TMPDIR") + "/mine";
  return Spill(mine, "text") && Slurp(mine) == "text" && unlink(mine.c_str()) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "c_temporary_replaced",
              .row = "C: create, write, truncate, unlink, rename, mknod, mkdir, symlink, bind",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
