#include "supervisor/confine/host_probe.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "supervisor/confine/launcher.h"
#include "supervisor/confine/probe_child.h"
#include "supervisor/confine/probe_notify.h"
#include "supervisor/confine/probe_trace.h"
#include "supervisor/kernel/landlock.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

static_assert(std::is_trivially_copyable_v<HostFeatures>);
static_assert(sizeof(HostFeatures) < 512, "one write to a pipe must be whole");

constexpr int kTrialLimitMs = 4000;  // a busy machine is not one that hangs

int TryNoNewPrivs() { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0; }

// --- Reaching into another process of ours ---

constexpr unsigned long kWord = 0x75736865;  // what a target's memory is known by
volatile unsigned long word_in_memory = 0;

// Calls `reach` with a child that stands still.
template <typename Reach>
int WithTarget(const Reach& reach) {
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) < 0) return errno;
  const ProbeChild target = ProbeChild::Start([&] {
    // A program that was started is dumpable, whatever the supervisor made of itself.
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    word_in_memory = kWord;
    if (write(ready[1], "", 1) != 1) return EIO;
    for (;;) pause();
  });
  close(ready[1]);
  char byte;
  const int error = read(ready[0], &byte, 1) == 1 ? reach(target.pid()) : ECHILD;
  target.Kill();
  target.Wait();
  return error;
}

int TryPidfdOpen() {
  return WithTarget([](pid_t pid) { return syscall(SYS_pidfd_open, pid, 0) < 0 ? errno : 0; });
}

int TryPidfdGetfd() {
  const int own = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return errno;
  return WithTarget([own](pid_t pid) {
    const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) return errno;
    return syscall(SYS_pidfd_getfd, pidfd, own, 0) < 0 ? errno : 0;
  });
}

int TryProcessVmReadv() {
  return WithTarget([](pid_t pid) {
    unsigned long word = 0;
    iovec here{&word, sizeof word};
    iovec there{const_cast<unsigned long*>(&word_in_memory), sizeof word};
    if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0) return errno;
    return word == kWord ? 0 : EPROTO;
  });
}

int TryPtraceSeize() {
  return WithTarget([](pid_t pid) {
    int status;
    if (ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) < 0 || ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) < 0 ||
        waitpid(pid, &status, __WALL) < 0) {
      return errno;
    }
    if (!WIFSTOPPED(status)) return EPROTO;
    return ptrace(PTRACE_DETACH, pid, nullptr, nullptr) < 0 ? errno : 0;
  });
}

// --- The file system ---

bool CanListRoot() { return UniqueFd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)).get() >= 0; }

int TryLandlock() {
  // A root directory that cannot be opened anyway proves nothing.
  if (!CanListRoot()) return errno;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  const auto ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (ruleset < 0) return errno;
  if (const int error = TryNoNewPrivs(); error != 0) return error;
  if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0) return errno;
  return !CanListRoot() && errno == EACCES ? 0 : EPROTO;
}

int TryOpenat2() {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  return syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how) < 0 ? errno : 0;
}

int TryCloseRange() { return syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_UNSHARE) < 0 ? errno : 0; }

int TryUserNamespace() { return unshare(CLONE_NEWUSER) < 0 ? errno : 0; }

// --- Facts that need no attempt ---

// The first bytes of a small file, as a string; 0 when there are none.
size_t ReadStart(const char* path, char* buffer, size_t size) {
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  const ssize_t got = fd ? read(fd.get(), buffer, size - 1) : -1;
  buffer[got > 0 ? got : 0] = '\0';
  return got > 0 ? static_cast<size_t>(got) : 0;
}

int YamaScope() {
  char text[16];
  return ReadStart("/proc/sys/kernel/yama/ptrace_scope", text, sizeof text) > 0 ? std::atoi(text) : -1;
}

uint64_t EffectiveCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) < 0) return 0;
  return data[0].effective | uint64_t{data[1].effective} << 32;
}

// A guess: a container does not have to say that it is one.
const char* ContainerGuess() {
  if (access("/run/.containerenv", F_OK) == 0) return "podman";
  if (access("/.dockerenv", F_OK) == 0) return "docker";
  if (getenv("KUBERNETES_SERVICE_HOST") != nullptr) return "kubernetes";
  if (const char* name = getenv("container"); name != nullptr && *name != '\0') return name;  // systemd's convention
  char text[4096];
  ReadStart("/proc/1/cgroup", text, sizeof text);
  for (const char* name : {"docker", "kubepods", "lxc", "containerd"}) {
    if (std::strstr(text, name) != nullptr) return name;
  }
  return "";
}

}  // namespace

void ReadFacts(HostFeatures& features) {
  features.landlock_abi = LandlockAbi();
  features.yama_scope = YamaScope();
  features.uid = geteuid();
  features.capabilities = EffectiveCapabilities();
  const char* container = ContainerGuess();
  std::memcpy(features.container, container, strnlen(container, sizeof features.container - 1));
}

namespace {

struct Trial {
  Attempt HostFeatures::*place;
  int (*attempt)();
};
constexpr Trial kTrials[] = {
    {&HostFeatures::no_new_privs, &TryNoNewPrivs},
    {&HostFeatures::seccomp_filter, &TryFilter},
    {&HostFeatures::new_listener, &TryNewListener},
    {&HostFeatures::wait_killable, &TryWaitKillable},
    {&HostFeatures::add_fd, &TryAddFd},
    {&HostFeatures::add_fd_send, &TryAddFdSend},
    {&HostFeatures::sync_wake_up, &TrySyncWakeUp},
    {&HostFeatures::pidfd_open, &TryPidfdOpen},
    {&HostFeatures::pidfd_getfd, &TryPidfdGetfd},
    {&HostFeatures::process_vm_readv, &TryProcessVmReadv},
    {&HostFeatures::ptrace_seize, &TryPtraceSeize},
    {&HostFeatures::trace_calls, nullptr},
    {&HostFeatures::landlock, &TryLandlock},
    {&HostFeatures::openat2, &TryOpenat2},
    {&HostFeatures::close_range_unshare, &TryCloseRange},
    {&HostFeatures::user_namespace, &TryUserNamespace},
};

// The child: says after every trial what is known so far, so that one that hangs costs only itself and what follows.
void RunTrials(int out) {
  HostFeatures features;
  ReadFacts(features);
  (void)DropCapabilities();  // a run gives up these rights too: root may look into processes where Yama lets nobody else
  for (const Trial& trial : kTrials) {
    Attempt& attempt = features.*trial.place;
    attempt.error = Attempt::kHung;  // unless something better is said later
    if (write(out, &features, sizeof features) != sizeof features) return;
    if (trial.attempt != nullptr) {
      attempt.error = ProbeChild::Start(trial.attempt).Wait();
    } else {
      const TraceTrial traced = TryTraceCalls(features.new_listener.error);
      attempt.error = traced.Verdict();
      features.calls_taken = static_cast<int32_t>(traced.taken.size());
    }
  }
  [[maybe_unused]] const ssize_t told = write(out, &features, sizeof features);
}

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// Kills the child and all that it started, and leaves no zombie, even when we are the subreaper of its orphans.
void PutAway(pid_t child) {
  kill(-child, SIGKILL);
  kill(child, SIGKILL);  // should it not have got as far as its own process group
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  while (waitpid(-child, nullptr, __WALL) > 0 || errno == EINTR) {
  }
}

}  // namespace

HostFeatures Probe() {
  HostFeatures features;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return features;
  const UniqueFd in(ends[0]);
  UniqueFd out(ends[1]);
  const ProbeChild child = ProbeChild::Start([&] {
    setpgid(0, 0);
    // An interrupt on the terminal or a probe that is meant to fail must not talk to the person.
    signal(SIGPIPE, SIG_IGN);
    RunTrials(out.get());
    return 0;
  });
  out.reset();
  if (child.pid() < 0) return features;
  setpgid(child.pid(), child.pid());  // whoever is first

  int64_t deadline = NowMs() + kTrialLimitMs;
  for (;;) {
    pollfd wait{in.get(), POLLIN, 0};
    const int64_t left = deadline - NowMs();
    const int ready = left > 0 ? poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    HostFeatures next;
    if (ready <= 0 || read(in.get(), &next, sizeof next) != sizeof next) break;
    features = next;
    deadline = NowMs() + kTrialLimitMs;
  }
  PutAway(child.pid());
  return features;
}

}  // namespace usher
