// prctl(PR_SCHED_CORE) gives a cookie to another process, which then never shares a core with the rest. prctl(2) is about
// oneself, one would think.

#include <sys/prctl.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  constexpr int kSchedCore = 62, kCreate = 1, kThreadGroup = 1;
  if (prctl(kSchedCore, kCreate, VictimPid(), kThreadGroup, 0) < 0) return kCannotTry;
  return 0;
}

bool Escaped(Outside& outside) {
  unsigned long cookie = 0;
  constexpr int kSchedCore = 62, kGet = 0, kThread = 0;
  return prctl(kSchedCore, kGet, std::atoi(outside.Told("VICTIM").c_str()), kThread, &cookie) == 0 && cookie != 0;
}

USHER_ESCAPE({.name = "g_core_scheduling",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
