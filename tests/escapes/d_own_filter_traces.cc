// A filter of its own sends every open to a tracer of its own (RET_TRACE), which makes the open of another file of it: too
// late for a filter that was asked before.

#include <sys/ptrace.h>

#include "tests/escapes/filtering.h"
#include "tests/escapes/racing.h"
#include "tests/escapes/tracing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  static std::string secret;
  secret = world.secret();
  char harmless[] = "own";
  Spill(harmless, "nothing to see\n");
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);  // whoever is traced already would stop for good
    raise(SIGSTOP);
    FilterOpenAt(SECCOMP_RET_TRACE, 0);
    _exit(OpenAndTakeSecret(world, harmless) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESECCOMP);
  bool first = true;
  while (ptrace(PTRACE_CONT, child, nullptr, nullptr) == 0 && waitpid(child, &status, 0) == child &&
         WIFSTOPPED(status)) {
    if (status >> 8 != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) || !first) continue;
    first = false;
    SetSecondArgument(child, secret.c_str());
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

USHER_ESCAPE(
    {.name = "d_own_filter_traces", .row = "D: own seccomp filter", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
