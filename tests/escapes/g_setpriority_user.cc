// The niceness of all that a user runs: PRIO_USER names nobody.

#include <sys/resource.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) { return setpriority(PRIO_USER, 0, 1) < 0; }

bool Escaped(Outside& outside) {
  const auto victim = static_cast<id_t>(std::atoi(outside.Told("VICTIM").c_str()));
  return getpriority(PRIO_PROCESS, victim) != getpriority(PRIO_PROCESS, 0);  // it was started as nice as we are
}

USHER_ESCAPE({.name = "g_setpriority_user",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper,
              .attack = &Attack,
              .escaped = &Escaped,
              .needs_usher = "it would slow down whatever else runs on this machine"});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
