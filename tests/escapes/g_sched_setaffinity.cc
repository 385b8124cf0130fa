// The processors that another process may run on.

#include <sched.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  cpu_set_t all;
  if (sched_getaffinity(0, sizeof(all), &all) < 0 || CPU_COUNT(&all) < 2) return kCannotTry;
  return sched_setaffinity(VictimPid(), sizeof(first), &first) < 0;
}

bool Escaped(Outside& outside) {
  cpu_set_t set, all;
  sched_getaffinity(std::atoi(outside.Told("VICTIM").c_str()), sizeof(set), &set);
  sched_getaffinity(0, sizeof(all), &all);
  return CPU_COUNT(&set) < CPU_COUNT(&all);
}

USHER_ESCAPE({.name = "g_sched_setaffinity",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
