#include "supervisor/own_process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <initializer_list>

namespace usher {

sigset_t HeardSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGWINCH, SIGCONT}) sigaddset(&set, signal);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) {
    struct sigaction now;
    const bool ignored = sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
    if (!ignored) sigaddset(&set, signal);  // blocked, it would be heard all the same, and nohup(1) be for nothing
  }
  return set;
}

void StopLikeAnybody() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  raise(SIGTSTP);
  sigprocmask(SIG_UNBLOCK, &stop, nullptr);  // stops here, unless nobody is there who could say go on
  sigprocmask(SIG_BLOCK, &stop, nullptr);
}

SignalsBefore ProtectOurselves() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  SignalsBefore before;
  before.ignored_sigpipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
  before.ignored_sigxfsz = signal(SIGXFSZ, SIG_IGN) == SIG_IGN;  // a file-size limit fails a write, and ends nobody
  signal(SIGCHLD, SIG_DFL);  // ignored by the caller, the keeper's children would vanish unseen
  const sigset_t heard = HeardSignals();
  sigprocmask(SIG_BLOCK, &heard, &before.mask);
  return before;
}

void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace usher
