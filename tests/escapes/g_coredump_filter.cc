// What another process would leave in a core file.

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  return Spill("/proc/" + std::to_string(VictimPid()) + "/coredump_filter", "0x7f") ? 0 : 1;
}

bool Escaped(Outside& outside) {
  return OfVictim(outside, "coredump_filter") == "0000007f\n";
}

USHER_ESCAPE({.name = "g_coredump_filter",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
