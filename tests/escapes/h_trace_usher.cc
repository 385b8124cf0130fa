// A debugger on the supervisor, and one on the keeper.

#include <sys/ptrace.h>

#include "tests/escapes/bystander.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  bool traced = false;
  for (const pid_t pid : Superiors()) traced |= ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_EXITKILL) == 0;
  const int code = LetBystanderWork(world);
  return traced ? code : RefusedToLook();
}

bool Escaped(Outside& outside) {
  return VictimDied(outside) || BystanderStuck(outside);
}

USHER_ESCAPE({.name = "h_trace_usher", .row = "H: kill, stop, starve, renice", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &Escaped});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
