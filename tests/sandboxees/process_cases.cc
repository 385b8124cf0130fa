// Signals, tracing and memory of other processes; the ways to start one.

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include "tests/sandboxees/sandboxee.h"

extern char** environ;

namespace usher::sandboxee {
namespace {

pid_t Pid(const Arguments& a) { return std::atoi(a[0].c_str()); }

std::string Kill(const Arguments& a) { return Said(kill(Pid(a), std::atoi(a[1].c_str()))); }
std::string Tgkill(const Arguments& a) { return Said(syscall(SYS_tgkill, Pid(a), Pid(a), std::atoi(a[1].c_str()))); }
std::string PidfdOpen(const Arguments& a) { return Said(syscall(SYS_pidfd_open, Pid(a), 0)); }
std::string Attach(const Arguments& a) { return Said(ptrace(PTRACE_ATTACH, Pid(a), nullptr, nullptr)); }
std::string Seize(const Arguments& a) { return Said(ptrace(PTRACE_SEIZE, Pid(a), nullptr, nullptr)); }

std::string ReadMemory(const Arguments& a) {
  char byte;
  iovec here{&byte, 1}, there{reinterpret_cast<void*>(0x400000), 1};
  return Said(process_vm_readv(Pid(a), &here, 1, &there, 1, 0));
}

volatile int kept_by_child = 4711;

// A child that waits to be killed.
pid_t Sleeper() {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  return child;
}

std::string KillChild(const Arguments&) {
  const pid_t child = Sleeper();
  if (kill(child, SIGTERM) < 0) return Said(-1);
  int status;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "not killed";
}

// The same by a descriptor; flags are refused, and so is anything that is no process.
std::string KillChildByDescriptor(const Arguments&) {
  const pid_t child = Sleeper();
  const long pidfd = syscall(SYS_pidfd_open, child, 0);
  if (pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0) < 0) return Said(-1);
  const std::string no_process = Said(syscall(SYS_pidfd_send_signal, 0, SIGTERM, nullptr, 0));
  const std::string flags = Said(syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, nullptr, 4));
  if (syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, nullptr, 0) < 0) return Said(-1);
  int status;
  waitpid(child, &status, 0);
  const std::string gone = Said(syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, nullptr, 0));
  return no_process + " " + flags + " " + (WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "not killed") + " " + gone;
}

std::string TraceChild(const Arguments&) {
  const pid_t child = Sleeper();
  if (ptrace(PTRACE_ATTACH, child, nullptr, nullptr) < 0) return Said(-1);
  waitpid(child, nullptr, 0);
  int* address = const_cast<int*>(&kept_by_child);
  const long word = ptrace(PTRACE_PEEKDATA, child, address, nullptr);
  int copy = 0;
  iovec here{&copy, sizeof(copy)}, there{address, sizeof(copy)};
  if (process_vm_readv(child, &here, 1, &there, 1, 0) != sizeof(copy)) return Said(-1);
  ptrace(PTRACE_DETACH, child, nullptr, nullptr);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return std::to_string(static_cast<int>(word)) + " " + std::to_string(copy);
}

// N times /bin/true, eight at a time.
std::string Spawn(const Arguments& a) {
  const int count = std::atoi(a[0].c_str());
  int good = 0, running = 0, status;
  const auto reap = [&] {
    if (wait(&status) > 0) --running;
    good += status == 0;
  };
  char name[] = "true";
  char* argv[] = {name, nullptr};
  for (int i = 0; i < count; ++i) {
    if (running == 8) reap();
    pid_t child;
    if (const int error = posix_spawn(&child, "/bin/true", nullptr, nullptr, argv, environ))
      return strerrorname_np(error);
    ++running;
  }
  while (running > 0) reap();
  return std::to_string(good) + " ok";
}

char* echo_arguments[] = {const_cast<char*>("echo"), const_cast<char*>("echoed"), nullptr};

std::string Vfork(const Arguments&) {
  const pid_t child = vfork();
  if (child == 0) {
    execve("/bin/echo", echo_arguments, environ);
    _exit(errno);
  }
  int status;
  waitpid(child, &status, 0);
  return status == 0 ? "ok" : strerrorname_np(WEXITSTATUS(status));
}

std::string VforkMissing(const Arguments&) {
  const pid_t child = vfork();
  if (child == 0) {
    execve("/usr/bin/there-is-no-such-program", echo_arguments, environ);
    _exit(errno);
  }
  int status;
  waitpid(child, &status, 0);
  return strerrorname_np(WEXITSTATUS(status));
}

// execve from a thread that is not the first: it takes over the id of the whole.
std::string ThreadExec(const Arguments&) {
  std::thread([] {
    execve("/bin/echo", echo_arguments, environ);
    _exit(errno);
  }).join();
  return "not reached";
}

std::string ThreadOpen(const Arguments& a) {
  std::vector<std::thread> threads;
  std::string said = "ok";
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const int fd = open(a[0].c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) said = Said(-1);
        close(fd);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return said;
}

// Leaves a process behind that has a session of its own and holds on to nothing.
std::string Daemon(const Arguments&) {
  if (fork() != 0) return "ok";
  setsid();
  if (fork() != 0) _exit(0);
  for (int fd = 0; fd < 3; ++fd) close(fd);
  for (;;) pause();
}

// Two threads exec at once, one of them in the hands of a debugger that never lets it end: the kernel lets nobody attach to
// that process for as long. The longest wait of somebody else meanwhile, in milliseconds, of so many rounds.
std::string TwoExecs(const Arguments& a) {
  struct Shared {
    std::atomic<int> second{0}, go{0};
  };
  auto* shared = new (mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared;
  int64_t longest = 0;
  for (int round = std::atoi(a[0].c_str()); round > 0; --round) {
    shared->second = shared->go = 0;
    const pid_t child = fork();
    if (child == 0) {
      std::thread second([&] {
        shared->second = static_cast<int>(gettid());
        while (shared->go == 0) continue;
        execve("/bin/true", echo_arguments, environ);
        for (;;) pause();
      });
      std::thread first([&] {
        while (shared->go == 0) continue;
        std::string large(100'000, 'x');
        std::vector<char*> many(static_cast<size_t>(1 + round % 18), large.data());
        many.push_back(nullptr);
        execve("/bin/true", many.data(), environ);
      });
      for (;;) pause();
    }
    while (shared->second == 0) sched_yield();
    ptrace(PTRACE_SEIZE, shared->second.load(), nullptr, reinterpret_cast<void*>(PTRACE_O_TRACEEXIT));
    shared->go = 1;
    usleep(8000);
    const auto start = std::chrono::steady_clock::now();
    close(open("/etc/hostname", O_RDONLY | O_CLOEXEC));
    const auto waited = std::chrono::steady_clock::now() - start;
    longest = std::max<int64_t>(longest, std::chrono::duration_cast<std::chrono::milliseconds>(waited).count());
    kill(child, SIGKILL);
    for (int i = 0; i < 1000; ++i) {
      int status;
      const pid_t found = waitpid(-1, &status, __WALL | WNOHANG);
      if (found == child && !WIFSTOPPED(status)) break;
      if (found > 0 && WIFSTOPPED(status)) ptrace(PTRACE_CONT, found, nullptr, nullptr);
      usleep(200);
    }
  }
  return std::to_string(longest);
}

constexpr Case kCases[] = {
    {"kill", &Kill},
    {"two-execs", &TwoExecs},
    {"tgkill", &Tgkill},
    {"pidfd-open", &PidfdOpen},
    {"attach", &Attach},
    {"seize", &Seize},
    {"read-memory", &ReadMemory},
    {"kill-child", &KillChild},
    {"kill-child-by-descriptor", &KillChildByDescriptor},
    {"trace-child", &TraceChild},
    {"spawn", &Spawn},
    {"vfork", &Vfork},
    {"vfork-missing", &VforkMissing},
    {"thread-exec", &ThreadExec},
    {"thread-open", &ThreadOpen},
    {"daemon", &Daemon},
};

}  // namespace

std::span<const Case> ProcessCases() { return kCases; }

}  // namespace usher::sandboxee
