// The priority of another process at the disk.

#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  return syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, VictimPid(), 3 << 13 /* idle */) < 0;
}

bool Escaped(Outside& outside) {
  return syscall(SYS_ioprio_get, 1, std::atoi(outside.Told("VICTIM").c_str())) == 3 << 13;
}

USHER_ESCAPE({.name = "g_ioprio_set",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
