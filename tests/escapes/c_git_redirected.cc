// git looks for its settings and hooks in a common directory, which worktrees name in a file: .git/commondir. So a
// whole repository can be prepared elsewhere, and the real one be told to obey it.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  mkdir("evil", 0755);
  mkdir("evil/hooks", 0755);
  Spill("evil/hooks/pre-commit", "#!/bin/sh\n");
  Spill(".git/commondir", "../evil\n");
  mkdir(".git/worktrees", 0755);
  mkdir(".git/worktrees/w", 0755);
  Spill(".git/worktrees/w/commondir", "../../../evil\n");
  // The same in a module's, and in a directory that is complete before it gets there.
  mkdir(".git/modules", 0755);
  mkdir(".git/modules/m", 0755);
  Spill(".git/modules/m/commondir", "../../../evil\n");
  mkdir("pointer", 0755);
  Spill("pointer/commondir", "../../../evil\n");
  rename("pointer", ".git/worktrees/x");
  // A module that a later `git submodule update` would find ready.
  symlink("../../evil", ".git/modules/ready");
  symlink("evil", "elsewhere");
  rename("elsewhere", ".git/hooks");
  return 0;
}

bool Escaped(Outside& outside) {
  const std::string git = outside.world().work() + "/.git";
  return Worked(outside, {{"commondir", outside.Exists(git + "/commondir")},
                          {"worktree", outside.Exists(git + "/worktrees/w/commondir")},
                          {"module", outside.Exists(git + "/modules/m/commondir")},
                          {"moved", outside.Exists(git + "/worktrees/x/commondir")},
                          {"modules", outside.Exists(git + "/modules/ready")},
                          {"hooks", outside.Exists(git + "/hooks")}});
}

int Twin(const World&) { return mkdir(".git/worktrees", 0755) == 0 && Spill(".git/ORIG_HEAD", "0\n") ? 0 : 1; }

USHER_ESCAPE({.name = "c_git_redirected",
              .row = "C: .git/hooks, core.fsmonitor, .vscode, .envrc, .claude",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
