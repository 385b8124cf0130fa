// Where the memory of another process lies; whether a page is there at all.

#include <sys/syscall.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  // The vsyscall page is never there; what counts is that there is an answer.
  void* page = reinterpret_cast<void*>(0x1000);
  int status = 12345;
  if (syscall(SYS_move_pages, VictimPid(), 1, &page, nullptr, &status, 0) < 0 || status == 12345) return kCannotTry;
  return Loot(world, std::string(World::secret_text())) ? 0 : 1;
}

bool Escaped(Outside& outside) {
  return TookSecret(outside);
}

USHER_ESCAPE({.name = "g_move_pages",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
