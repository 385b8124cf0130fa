// A tree that is prepared under a free name, and then renamed to where its files are run.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void Tree(const std::string& top, const std::string& inner) {
  mkdir(top.c_str(), 0755);
  if (!inner.empty()) mkdir((top + "/" + inner).c_str(), 0755);
  Spill(top + "/" + inner + "/pre-commit", "#!/bin/sh\n");
}

int Attack(const World&) {
  Tree("a", "");
  rename("a", ".git/hooks");
  Tree("b", "hooks");
  mkdir("sub", 0755);
  rename("b", "sub/.git");
  Tree("c", "hooks");
  mkdir(".git/modules", 0755);
  rename("c", ".git/modules/m");
  Tree("d", "hooks");
  mkdir("exchanged", 0755);
  mkdir("exchanged/.git", 0755);
  syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "exchanged/.git", RENAME_EXCHANGE);
  syscall(SYS_renameat2, AT_FDCWD, "exchanged", AT_FDCWD, "wanted", RENAME_NOREPLACE);
  Tree("e", "workflows");
  rename("e", ".github");
  Tree("f", "");
  rename("f/pre-commit", ".git/modules/hooks");
  return 0;
}

bool Escaped(Outside& outside) {
  const auto there = [&](const char* place) { return outside.Exists(outside.world().work() + "/" + place); };
  return Worked(outside, {{"hooks", there(".git/hooks/pre-commit")},
                          {"nested", there("sub/.git/hooks/pre-commit")},
                          {"module", there(".git/modules/m/hooks/pre-commit")},
                          {"exchange", there("wanted/.git/hooks/pre-commit")},
                          {"workflows", there(".github/workflows/pre-commit")},
                          {"file", there(".git/modules/hooks")}});
}

int Twin(const World&) {
  Tree("a", "inner");
  mkdir("b", 0755);
  if (syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE) < 0) return 1;
  return rename("b", "c") == 0 && Slurp("c/inner/pre-commit") != "" ? 0 : 2;
}

USHER_ESCAPE({.name = "c_move_tree_into_git",
              .row = "B: rename in / out, exchange",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
