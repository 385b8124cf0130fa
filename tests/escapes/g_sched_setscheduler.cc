// Another process becomes one that only runs when nobody else wants to.

#include <sched.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  const sched_param none{};
  return sched_setscheduler(VictimPid(), SCHED_IDLE, &none) < 0;
}

bool Escaped(Outside& outside) {
  return sched_getscheduler(std::atoi(outside.Told("VICTIM").c_str())) == SCHED_IDLE;
}

USHER_ESCAPE({.name = "g_sched_setscheduler",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
