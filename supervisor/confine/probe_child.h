// A process for one attempt of the host probe: dies with its parent, and its exit code is an errno.
//
// Between fork and exit nothing here allocates, so that a probe is safe whatever the parent's other threads hold.

#ifndef USHER_SUPERVISOR_CONFINE_PROBE_CHILD_H_
#define USHER_SUPERVISOR_CONFINE_PROBE_CHILD_H_

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "supervisor/confine/host_probe.h"

namespace usher {

class ProbeChild {
 public:
  // `attempt` runs in the child and returns an errno, 0 for success.
  template <typename Attempt>
  static ProbeChild Start(const Attempt& attempt) {
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid != 0) return ProbeChild(pid, errno);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(ECHILD);  // it died before the line above
    _exit(attempt());
  }

  pid_t pid() const { return pid_; }

  // What the child found out, in the terms of Attempt::error.
  int Wait() const {
    if (pid_ < 0) return fork_error_;
    int status;
    while (waitpid(pid_, &status, __WALL) < 0) {
      if (errno != EINTR) return errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : Attempt::kKilled + WTERMSIG(status);
  }

  void Kill() const {
    if (pid_ > 0) kill(pid_, SIGKILL);
  }

 private:
  ProbeChild(pid_t pid, int fork_error) : pid_(pid), fork_error_(fork_error) {}

  pid_t pid_;
  int fork_error_;
};

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_PROBE_CHILD_H_
