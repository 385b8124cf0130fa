// The workspace may be written to, but some of its files are run or obeyed outside: by git, editors, shells, agents and
// the company's build machines. They are there, or new, or in a repository within the repository.

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr const char* kPlaces[] = {".git/hooks/pre-commit",
                                   ".git/config",
                                   ".git/config.worktree",
                                   ".git/worktrees/w/config.worktree",
                                   ".git/modules/m/hooks/pre-commit",
                                   ".git/modules/deep/m/config",
                                   ".git/commondir",
                                   ".git/worktrees/w/commondir",
                                   ".gitmodules",
                                   "sub/.git/hooks/pre-commit",
                                   "sub/.git/config",
                                   ".github/workflows/ci.yml",
                                   ".gitlab-ci.yml",
                                   "Jenkinsfile",
                                   ".circleci/config.yml",
                                   ".husky/pre-commit",
                                   ".pre-commit-config.yaml",
                                   ".vscode/tasks.json",
                                   ".idea/workspace.xml",
                                   ".devcontainer/devcontainer.json",
                                   "x.code-workspace",
                                   ".nvim.lua",
                                   ".exrc",
                                   ".dir-locals.el",
                                   ".gdbinit",
                                   ".envrc",
                                   "sub/deeper/.envrc",
                                   ".claude/settings.json",
                                   ".claude/settings.local.json",
                                   ".claude/hooks/x.sh",
                                   ".mcp.json",
                                   ".cursor/mcp.json",
                                   ".codex/config.toml",
                                   ".usher.toml"};

// Directories that are only just made hold nothing yet, and ask nobody.
int Attack(const World& world) {
  for (const std::string place : kPlaces) {
    for (size_t slash = place.find('/'); slash != place.npos; slash = place.find('/', slash + 1)) {
      mkdir(place.substr(0, slash).c_str(), 0755);
    }
    SpillDescriptor(open((world.work() + "/" + place).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0755), "evil\n");
  }
  return 0;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const std::string place : kPlaces)
    tries.push_back({place, outside.Exists(outside.world().work() + "/" + place)});
  return Worked(outside, tries);
}

int Twin(const World&) {
  if (mkdir("src", 0755) < 0 || !Spill("src/main.c", "int main;") || !Spill(".gitignore", "*.o\n")) return 1;
  if (mkdir(".git/hooks", 0755) < 0 || !Spill(".git/hooks/pre-commit.sample", "exit 0\n")) return 2;
  return Spill(".git/HEAD", "ref: refs/heads/main\n") && Spill(".git/COMMIT_EDITMSG", "x") ? 0 : 3;
}

USHER_ESCAPE({.name = "c_run_later_in_workspace",
              .row = "C: .git/hooks, core.fsmonitor, .vscode, .envrc, .claude",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
