// Whom the kernel kills first when memory runs out: /proc/PID/oom_score_adj, which one may write for oneself.

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Twin(const World&) { return Spill("/proc/self/oom_score_adj", "777") ? 0 : 1; }

int Attack(const World&) {
  return Spill("/proc/" + std::to_string(VictimPid()) + "/oom_score_adj", "777") ? 0 : 1;
}

bool Escaped(Outside& outside) {
  return OfVictim(outside, "oom_score_adj") == "777\n";
}

USHER_ESCAPE({.name = "g_oom_score",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped, .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
