// A link in place of the directory that a run-later file would lie in: the file itself lies under a harmless name.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  mkdir("plain", 0755);
  mkdir("plain/hooks", 0755);
  mkdir("plain/workflows", 0755);
  Spill("plain/settings.json", "{}");
  Spill("plain/hooks/x.sh", "exit\n");
  Spill("plain/workflows/ci.yml", "on: push\n");
  symlink("plain", ".claude");
  symlink("plain", "renamed");
  rename("renamed", ".github");
  symlink("plain", "linked");
  mkdir("sub", 0755);
  link("linked", "sub/.claude");
  mkdir("next", 0755);
  mkdir("next/.claude", 0755);
  symlink("../plain", "next/exchanged");
  syscall(SYS_renameat2, AT_FDCWD, "next/exchanged", AT_FDCWD, "next/.claude", RENAME_EXCHANGE);
  return 0;
}

bool Escaped(Outside& outside) {
  const World& world = outside.world();
  return Worked(outside, {{"symlink", outside.Read(world.work() + "/.claude/settings.json") == "{}"},
                          {"rename", outside.Read(world.work() + "/.github/workflows/ci.yml") != ""},
                          {"link", outside.Exists(world.work() + "/sub/.claude")},
                          {"exchange", outside.Read(world.work() + "/next/.claude/settings.json") == "{}"}});
}

int Twin(const World&) {
  if (mkdir("plain", 0755) < 0 || symlink("plain", "other") < 0 || rename("other", "third") < 0) return 1;
  if (!Spill("third/mine", "text") || Slurp("plain/mine") != "text") return 2;
  // `ln -sfn`, and what builds do with links.
  if (symlink("elsewhere", "fresh") < 0 || rename("fresh", "third") < 0 || symlink("plain", "other") < 0) return 3;
  if (syscall(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, "third", RENAME_EXCHANGE) < 0) return 4;
  return linkat(AT_FDCWD, "third", AT_FDCWD, "fourth", 0) == 0 && Slurp("fourth/mine") == "text" ? 0 : 5;
}

USHER_ESCAPE({.name = "c_link_above_run_later",
              .row = "C: .git/hooks, core.fsmonitor, .vscode, .envrc, .claude",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
