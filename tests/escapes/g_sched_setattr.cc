// The newer call for the scheduler, with a structure behind a pointer.

#include <sched.h>
#include <sys/syscall.h>

#include <cstdint>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes{};
  attributes.size = sizeof(attributes);
  attributes.policy = SCHED_BATCH;
  return syscall(SYS_sched_setattr, VictimPid(), &attributes, 0) < 0;
}

bool Escaped(Outside& outside) {
  return sched_getscheduler(std::atoi(outside.Told("VICTIM").c_str())) == SCHED_BATCH;
}

USHER_ESCAPE({.name = "g_sched_setattr",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
