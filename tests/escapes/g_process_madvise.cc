// Advice on the memory of another process: to page it out.

#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, VictimPid(), 0));
  const iovec range{reinterpret_cast<void*>(0x1000), 4096};
  const long rc = syscall(SYS_process_madvise, pidfd, &range, 1, 20 /* MADV_COLD */, 0);
  if (rc < 0 && errno != ENOMEM) return kCannotTry;  // ENOMEM: it looked there
  return Loot(world, std::string(World::secret_text())) ? 0 : 1;
}

bool Escaped(Outside& outside) {
  return TookSecret(outside);
}

USHER_ESCAPE({.name = "g_process_madvise",
              .row = "G: prlimit, nice, scheduler, affinity, ioprio, process_madvise, oom_score_adj",
              .prepare = &StartSleeper, .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
