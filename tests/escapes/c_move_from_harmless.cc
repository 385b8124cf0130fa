// Below node_modules, .venv/lib and the temporary directory, run-later names are free, for they come with packages.
// What is prepared there is then moved out; or the directory that made it harmless is given another name.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Project(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
    mkdir(path.substr(0, slash).c_str(), 0755);
  }
  mkdir(path.c_str(), 0755);
  Spill(path + "/.envrc", "evil\n");
}

int Attack(const World&) {
  const std::string temporary = Told("TMPDIR") + "/project";
  Project(temporary);
  rename(temporary.c_str(), "from-temporary");
  Project("node_modules/project");
  rename("node_modules/project", "from-modules");
  Project("a/.venv/lib/project");
  rename("a/.venv", "from-venv");
  Project("b/vendor/bundle");
  rename("b/vendor", "b/from-vendor");
  Project("c/venv/lib/project");
  mkdir("from-exchange", 0755);
  syscall(SYS_renameat2, AT_FDCWD, "from-exchange", AT_FDCWD, "c/venv", RENAME_EXCHANGE);
  return 0;
}

bool Escaped(Outside& outside) {
  const auto there = [&](const char* place) { return outside.Exists(outside.world().work() + "/" + place); };
  return Worked(outside, {{"temporary", there("from-temporary/.envrc")},
                          {"node_modules", there("from-modules/.envrc")},
                          {".venv", there("from-venv/lib/project/.envrc")},
                          {"vendor", there("b/from-vendor/bundle/.envrc")},
                          {"exchange", there("from-exchange/lib/project/.envrc")}});
}

int Twin(const World&) {
  Project("node_modules/.new");
  Project("a/.venv/lib/project");
  return rename("node_modules/.new", "node_modules/new") == 0 && rename("a/.venv", ".venv") == 0 &&
                 Slurp(".venv/lib/project/.envrc") == "evil\n"
             ? 0
             : 1;
}

USHER_ESCAPE({.name = "c_move_from_harmless",
              .row = "B: rename in / out, exchange",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
