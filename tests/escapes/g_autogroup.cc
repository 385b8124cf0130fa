// The niceness of a whole session of somebody else's, by a file.

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

void StartLeader(Outside& outside) {
  outside.Tell("VICTIM", std::to_string(outside.StartVictim({"setsid", "sleep", "60"})));
  usleep(50'000);
}

int Attack(const World&) {
  const std::string file = "/proc/" + std::to_string(VictimPid()) + "/autogroup";
  if (access(file.c_str(), F_OK) < 0) return kCannotTry;
  return Spill(file, "11") ? 0 : 1;
}

bool Escaped(Outside& outside) {
  return OfVictim(outside, "autogroup").find("nice 11") != std::string::npos;
}

USHER_ESCAPE({.name = "g_autogroup",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartLeader, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
