// The kernel writes core files itself, into the working directory of whoever dies: no call is made that could be held.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  char pattern[8] = {};
  const int setting = open("/proc/sys/kernel/core_pattern", O_RDONLY);
  if (read(setting, pattern, sizeof(pattern) - 1) <= 0 || pattern[0] == '|' || pattern[0] == '/') {
    std::puts("core files go elsewhere here");
    return kCannotTry;
  }
  const pid_t child = fork();
  if (child == 0) {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &unlimited) < 0) {
      rlimit most{};
      getrlimit(RLIMIT_CORE, &most);
      most.rlim_cur = most.rlim_max;
      setrlimit(RLIMIT_CORE, &most);
    }
    prctl(PR_SET_DUMPABLE, 1);
    if (chdir(world.home().c_str()) == 0) abort();
    _exit(1);
  }
  waitpid(child, nullptr, 0);
  return 0;
}

bool Escaped(Outside& outside) {
  for (const auto& entry : std::filesystem::directory_iterator(outside.world().home())) {
    if (entry.path().filename().string().rfind("core", 0) == 0) return true;
  }
  return false;
}

// Dying is not forbidden.
int Twin(const World&) {
  const pid_t child = fork();
  if (child == 0) abort();
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? 0 : 1;
}

USHER_ESCAPE({.name = "c_core_file", .row = "C: core file", .attack = &Attack, .escaped = &Escaped, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
