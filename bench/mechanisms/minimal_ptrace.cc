// The smallest tracer: a filter stops the one call, the tracer looks at it and lets it go.

#include <linux/seccomp.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "bench/mechanisms/filter.h"
#include "bench/mechanisms/minimal.h"

namespace usher::bench {
namespace {

constexpr long kOptions =
    PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;

}  // namespace

void SuperviseByPtrace(const SessionRequest& request, Shared& shared) {
  int seized[2];
  if (pipe(seized) != 0) _exit(1);
  const pid_t caller = fork();
  if (caller == 0) {
    char byte;
    close(seized[1]);
    (void)!read(seized[0], &byte, 1);
    close(seized[0]);
    if (InstallFilter(request.nr, SECCOMP_RET_TRACE, false) < 0) _exit(1);
    ExecOrDie(CallerArguments(request));
  }
  close(seized[0]);
  if (ptrace(PTRACE_SEIZE, caller, 0, kOptions) != 0) {
    shared.error = errno;
    kill(caller, SIGKILL);
    _exit(1);
  }
  close(seized[1]);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  PinOrDie(request.supervisor_cpu);
  for (;;) {
    int status;
    const pid_t stopped = waitpid(-1, &status, __WALL);
    if (stopped < 0) _exit(0);
    if (!WIFSTOPPED(status)) continue;
    const int event = status >> 16;
    long signal = 0;
    if (event == PTRACE_EVENT_SECCOMP) {
      __ptrace_syscall_info info;
      ptrace(PTRACE_GET_SYSCALL_INFO, stopped, sizeof(info), &info);
      shared.handled = shared.handled + 1;
    } else if (event == 0) {
      signal = WSTOPSIG(status);
    }
    ptrace(PTRACE_CONT, stopped, 0, signal);
  }
}

}  // namespace usher::bench
