// A file without a name, written in the workspace, and only then given a name that nobody may write to.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  mkdir(".git/hooks", 0755);
  const int file = open(".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0755);
  if (file < 0 || write(file, "#!/bin/sh\n", 10) != 10) return 1;
  const int hooks = Pin(world.work() + "/.git/hooks");
  linkat(AT_FDCWD, NameOfDescriptor(file).c_str(), AT_FDCWD, world.hook().c_str(), AT_SYMLINK_FOLLOW);
  linkat(AT_FDCWD, NameOfDescriptor(file).c_str(), hooks, "post-commit", AT_SYMLINK_FOLLOW);
  linkat(AT_FDCWD, NameOfDescriptor(file).c_str(), AT_FDCWD, (world.home() + "/.bash_aliases").c_str(),
         AT_SYMLINK_FOLLOW);
  linkat(file, "", hooks, "post-merge", AT_EMPTY_PATH);  // needs a capability before Linux 6.10
  return 0;
}

bool Escaped(Outside& outside) {
  const World& world = outside.world();
  const std::string hooks = world.work() + "/.git/hooks";
  return Worked(outside, {{"pre-commit", PlantedHook(outside)},
                          {"post-commit", outside.Exists(hooks + "/post-commit")},
                          {".bash_aliases", outside.Exists(world.home() + "/.bash_aliases")}}) ||
         (!outside.alone() && outside.Exists(hooks + "/post-merge"));
}

int Twin(const World&) {
  const int file = open(".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
  if (file < 0 || write(file, "text", 4) != 4) return 1;
  if (linkat(AT_FDCWD, NameOfDescriptor(file).c_str(), AT_FDCWD, "named", AT_SYMLINK_FOLLOW) < 0) return 2;
  return Slurp("named") == "text" ? 0 : 3;
}

USHER_ESCAPE({.name = "b_unnamed_file",
              .row = "B: memfd, O_TMPFILE + linkat",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
