// A supervisor that only runs when nobody else does, and its callers are everybody else.

#include <sched.h>
#include <sys/resource.h>

#include "tests/escapes/bystander.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  const sched_param idle{};
  for (const pid_t pid : Superiors()) {
    setpriority(PRIO_PROCESS, static_cast<id_t>(pid), 19);
    sched_setscheduler(pid, SCHED_IDLE, &idle);
  }
  return LetBystanderWork(world);
}

bool Escaped(Outside& outside) {
  const int victim = std::atoi(outside.Told("VICTIM").c_str());
  return getpriority(PRIO_PROCESS, static_cast<id_t>(victim)) != 0 || sched_getscheduler(victim) != SCHED_OTHER ||
         BystanderStuck(outside);
}

USHER_ESCAPE({.name = "h_renice_usher", .row = "H: kill, stop, starve, renice", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
