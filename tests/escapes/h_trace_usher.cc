// A debugger on the supervisor, and one on the keeper.

#include <sys/ptrace.h>

#include "tests/escapes/bystander.h"
#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace {

int Attack(const World& world) {
  for (const pid_t pid : Superiors()) ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_EXITKILL);
  return LetBystanderWork(world);
}

bool Escaped(Outside& outside) {
  return VictimDied(outside) || BystanderStuck(outside);
}

USHER_ESCAPE({.name = "h_trace_usher", .row = "H: kill, stop, starve, renice", .prepare = &StartSleeper,
              .attack = &Attack, .escaped = &Escaped});

}  // namespace
}  // namespace usher::escapes
