// lesser_host NAME [--user UID] -- COMMAND...: runs a command on a host that gives less (lesser_host.h), as UID if one
// is named. Exits with 77 where that host cannot be played.

#include <grp.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/support/lesser_host.h"

namespace {

bool Become(unsigned user) { return setgroups(0, nullptr) == 0 && setgid(user) == 0 && setuid(user) == 0; }

}  // namespace

int main(int argc, char** argv) {
  int command = 2;
  long user = -1;
  if (argc > 4 && std::string_view(argv[2]) == "--user") {
    user = std::atol(argv[3]);
    command = 4;
  }
  if (argc < command + 2 || std::string_view(argv[command]) != "--") {
    std::fputs("lesser_host NAME [--user UID] -- COMMAND...\n", stderr);
    return 125;
  }
  // Only root can hide /proc, and only whoever lies below can have no namespaces of users.
  const bool before = std::string_view(argv[1]) == "hidepid";
  if (before && !usher::PlayHost(argv[1])) return 77;
  if (user >= 0 && !Become(static_cast<unsigned>(user))) return 77;
  if (!before && !usher::PlayHost(argv[1])) return 77;
  execvp(argv[command + 1], argv + command + 1);
  std::perror(argv[command + 1]);
  return 126;
}
