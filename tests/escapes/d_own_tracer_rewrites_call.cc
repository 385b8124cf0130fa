// A debugger inside changes the call of its child between entry and filter: a harmless name becomes another one after
// everybody has looked, if anybody looks before the debugger does.

#include <sys/ptrace.h>

#include "tests/escapes/racing.h"
#include "tests/escapes/tracing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World& world) {
  char harmless[] = "own", *const at = harmless;
  static std::string secret;
  secret = world.secret();
  Spill(harmless, "nothing to see\n");
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);  // whoever is traced already would stop for good
    raise(SIGSTOP);
    _exit(OpenAndTakeSecret(world, at) ? 0 : 1);
  }
  int status = 0;
  bool entry = true;
  waitpid(child, &status, 0);
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD);
  while (ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0 && waitpid(child, &status, 0) == child &&
         WIFSTOPPED(status)) {
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    // At the entry, and once more at the exit: wherever the call names our file, it names the other one.
    __ptrace_syscall_info info{};
    ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), child, sizeof(info), &info);
    entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
    if (!entry || info.entry.nr != SYS_openat || info.entry.args[1] != reinterpret_cast<uintptr_t>(at)) continue;
    SetSecondArgument(child, secret.c_str());  // the same address in both
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

USHER_ESCAPE(
    {.name = "d_own_tracer_rewrites_call", .row = "D: own seccomp filter", .attack = &Attack, .escaped = &TookSecret});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
