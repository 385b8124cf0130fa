// Another process's limits: with none for processor time or files it is as good as dead.

#include <sys/resource.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Twin(const World&) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  const rlimit little{12345, 12345};
  const int rc = prlimit(child, RLIMIT_FSIZE, &little, nullptr);
  kill(child, SIGKILL);
  return rc == 0 ? 0 : 1;
}

int Attack(const World&) {
  const rlimit little{12345, 12345};
  return prlimit(VictimPid(), RLIMIT_FSIZE, &little, nullptr) < 0;
}

bool Escaped(Outside& outside) {
  return OfVictim(outside, "limits").find("12345") != std::string::npos;
}

USHER_ESCAPE({.name = "g_prlimit", .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
