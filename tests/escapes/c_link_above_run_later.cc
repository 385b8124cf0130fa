// A link in place of the directory that a run-later file would lie in: the file itself lies under a harmless name.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace {

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
  return 0;
}

bool Escaped(Outside& outside) {
  const World& world = outside.world();
  return Worked(outside, {{"symlink", outside.Read(world.work() + "/.claude/settings.json") == "{}"},
                          {"rename", outside.Read(world.work() + "/.github/workflows/ci.yml") != ""},
                          {"link", outside.Exists(world.work() + "/sub/.claude")}});
}

int Twin(const World&) {
  if (mkdir("plain", 0755) < 0 || symlink("plain", "other") < 0 || rename("other", "third") < 0) return 1;
  return Spill("third/mine", "text") && Slurp("plain/mine") == "text" ? 0 : 2;
}

USHER_ESCAPE({.name = "c_link_above_run_later",
              .row = "C: .git/hooks, core.fsmonitor, .vscode, .envrc, .claude",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace
}  // namespace usher::escapes
