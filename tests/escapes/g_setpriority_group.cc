// The niceness of a process group that lies outside.

#include <sys/resource.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void StartLeader(Outside& outside) {
  outside.Tell("VICTIM", std::to_string(outside.StartVictim({"setsid", "sleep", "60"})));
  usleep(50'000);
}

int Attack(const World&) {
  return setpriority(PRIO_PGRP, static_cast<id_t>(getpgid(VictimPid())), 15) < 0;
}

bool Escaped(Outside& outside) {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(std::atoi(outside.Told("VICTIM").c_str()))) == 15;
}

USHER_ESCAPE({.name = "g_setpriority_group",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartLeader, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
