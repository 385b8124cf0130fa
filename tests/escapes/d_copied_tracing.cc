// A child that is born with its parent's tracer (CLONE_PTRACE). While an exec is being checked the tracer is the
// supervisor, which knows nothing of such a child: it would stand still for ever, and the end of the run with it. Here
// the exec fails (an argument too long), so that the parent goes on at once and has the child.

#include <sched.h>
#include <sys/ptrace.h>

#include "tests/escapes/racing.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

// Natively, with a tracer of our own: the child is seen to be traced.
int Attack(const World& world) {
  const pid_t traced = fork();
  if (traced == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);  // whoever is traced already would stop for good
    raise(SIGSTOP);
    const long child = syscall(SYS_clone, CLONE_PTRACE | SIGCHLD, nullptr, nullptr, nullptr, 0);
    const std::string status = child == 0 ? Slurp("/proc/self/status") : "TracerPid:\t0";
    if (status.find("TracerPid:\t0") == std::string::npos) Loot(world, "a copied tracer\n");
    _exit(0);
  }
  int status = 0;
  waitpid(traced, &status, 0);
  ptrace(PTRACE_CONT, traced, nullptr, nullptr);
  KeepTrying(
      [&] {
        const pid_t other = waitpid(-1, &status, WNOHANG | __WALL);
        if (other > 0 && WIFSTOPPED(status)) ptrace(PTRACE_CONT, other, nullptr, nullptr);
        return other < 0;
      },
      kRace);
  // Against the supervisor.
  std::string long_argument(256 << 10, 'x');
  char name[] = "true";
  char* const argv[] = {name, long_argument.data(), nullptr};
  KeepTrying(
      [&] {
        syscall(SYS_execve, "/usr/bin/true", argv, environ);
        if (syscall(SYS_clone, CLONE_PTRACE | SIGCHLD, nullptr, nullptr, nullptr, 0) == 0) _exit(0);
        while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
        return false;
      },
      kRace);
  return 0;
}

USHER_ESCAPE({.name = "d_copied_tracing",
              .row = "D: vfork/CLONE_UNTRACED/CLONE_PARENT/double fork/setsid",
              .attack = &Attack,
              .escaped = [](Outside& outside) { return !outside.Read(outside.world().loot()).empty(); }});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
