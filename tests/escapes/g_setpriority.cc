// Another process's niceness: it cannot be taken back.

#include <sys/resource.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  return setpriority(PRIO_PROCESS, static_cast<id_t>(VictimPid()), 15) < 0;
}

bool Escaped(Outside& outside) {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(std::atoi(outside.Told("VICTIM").c_str()))) == 15;
}

USHER_ESCAPE({.name = "g_setpriority",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
