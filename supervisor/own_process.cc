#include "supervisor/own_process.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#include "supervisor/kernel/uapi.h"

namespace usher {
namespace {

constexpr uintptr_t kLargePage = uintptr_t{2} << 20;

uintptr_t EndOfHeap() { return reinterpret_cast<uintptr_t>(sbrk(0)); }

}  // namespace

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

void GatherHeap() {
  const uintptr_t end = EndOfHeap();
  const uintptr_t start = (end + kLargePage - 1) / kLargePage * kLargePage;
  // malloc(3) goes on behind what somebody else has taken, once what it had before is used up.
  if (sbrk(static_cast<intptr_t>(start - end)) == reinterpret_cast<void*>(-1)) return;
  mallopt(M_TOP_PAD, kLargePage);
  constexpr size_t kMuch = kLargePage / 2 - 4096;  // more than is left there, less than what gets a mapping of its own
  void* const rest = malloc(kMuch);
  void* const first = malloc(kMuch);
  const bool went_on = reinterpret_cast<uintptr_t>(first) >= start && EndOfHeap() >= start + kLargePage;
  if (went_on) (void)madvise(reinterpret_cast<void*>(start), kLargePage, MADV_COLLAPSE);
  free(first);
  free(rest);
  if (EndOfHeap() == start) (void)brk(reinterpret_cast<void*>(end));  // there is a limit on memory: nothing to waste
}

void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace usher
