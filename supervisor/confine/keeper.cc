#include "supervisor/confine/keeper.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <vector>

#include "supervisor/confine/launcher.h"
#include "supervisor/confine/private_temp.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

sigset_t WatchedSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  return set;
}

int64_t Microseconds(const timeval& time) { return time.tv_sec * 1'000'000 + time.tv_usec; }

// Parents before children, so that a process is gone before what it forks meanwhile is looked for in the next round.
void KillBelow(int32_t pid, int depth) {
  for (const int32_t child : ChildrenOf(pid)) {
    kill(child, SIGKILL);
    if (depth < 4096) KillBelow(child, depth + 1);
  }
}

}  // namespace

void Keeper::Prepare(pid_t usher) {
  setsid();
  prctl(PR_SET_NAME, "usher-keeper");
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != usher) _exit(125);  // it died before the line above
}

void Keeper::Run() {
  // Nothing stays open but the pipe: no listener, no terminal, no output that a pipeline waits for.
  if (ends_ > 0) syscall(SYS_close_range, 0u, static_cast<unsigned>(ends_ - 1), 0u);
  syscall(SYS_close_range, static_cast<unsigned>(ends_ + 1), ~0u, 0u);
  const sigset_t watched = WatchedSignals();
  bool killing = false;
  while (Reap()) {
    if (killing) KillEveryone();
    const timespec soon{0, 5'000'000}, later{3600, 0};
    if (sigtimedwait(&watched, nullptr, killing ? &soon : &later) == SIGTERM) {
      killing = true;
      KillEveryone();
    }
  }
  RemovePrivateTemp(temporary_);
  _exit(0);
}

void Keeper::KillEveryone() { KillBelow(getpid(), 0); }

bool Keeper::Reap() {
  for (;;) {
    int status = 0;
    rusage usage{};
    const pid_t pid = wait4(-1, &status, WNOHANG | __WALL, &usage);
    if (pid == 0) return true;
    if (pid < 0) return errno == EINTR;
    if (pid != command_ || told_ || (!WIFEXITED(status) && !WIFSIGNALED(status))) continue;
    told_ = true;
    const CommandEnd end{status, Microseconds(usage.ru_utime) + Microseconds(usage.ru_stime), usage.ru_maxrss};
    if (write(ends_, &end, sizeof(end)) < 0) continue;  // usher is gone: SIGTERM is on its way
  }
}

}  // namespace usher
