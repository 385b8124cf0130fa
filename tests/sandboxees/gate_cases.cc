// Opens under all that can happen to a program meanwhile: what comes of it must be the same with the gate, without it, and
// without Usher. Arguments name files and FIFOs; "" of the answer is never right.

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/sandboxees/sandboxee.h"
#include "tests/support/patience.h"

namespace usher::sandboxee {
namespace {

void Handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

void Nothing(int) {}

std::string Tally(int right, int wrong) { return wrong == 0 ? "ok" : std::to_string(wrong) + " of " + std::to_string(right + wrong); }

// FILE: opened again and again while a signal comes every 2 milliseconds, whose handler opens it too.
std::string SignalledOpens(const Arguments& arguments) {
  static std::string file;
  static std::atomic<int> handled, failed;
  file = arguments[0];
  Handle(SIGALRM, [](int) {
    const int fd = open(file.c_str(), O_RDONLY);
    ++handled;
    if (fd < 0 || close(fd) < 0) ++failed;
  }, SA_RESTART);
  // A handler that takes longer than that is interrupted by the next, for ever.
  const suseconds_t pause = 2000 * Patience() * Patience();
  const itimerval often{{0, pause}, {0, pause}}, never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  int right = 0, wrong = 0;
  for (int i = 0; i < 3000 / Patience(); ++i) {
    const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    ++(fd >= 0 && close(fd) == 0 ? right : wrong);
  }
  setitimer(ITIMER_REAL, &never, nullptr);
  if (handled == 0) return "no signal came";
  return Tally(right + handled, wrong + failed);
}

// FIFO: a signal interrupts an open that waits; with SA_RESTART it goes on waiting until somebody writes.
std::string InterruptedOpen(const Arguments& arguments) {
  Handle(SIGALRM, &Nothing, 0);
  const itimerval soon{{0, 0}, {0, 50'000}};
  setitimer(ITIMER_REAL, &soon, nullptr);
  if (open(arguments[0].c_str(), O_RDONLY) >= 0) return "opened";
  if (errno != EINTR) return Said(-1);
  Handle(SIGALRM, &Nothing, SA_RESTART);
  setitimer(ITIMER_REAL, &soon, nullptr);
  std::thread writer([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    usleep(200'000);
    (void)!open(arguments[0].c_str(), O_WRONLY);
  });
  const long fd = open(arguments[0].c_str(), O_RDONLY);
  const std::string said = Said(fd);
  writer.join();
  return said;
}

sigjmp_buf g_out;

// FIFO FILE: jumps out of an open that waits, thirty times, and opens a file each time.
std::string JumpedOutOfOpen(const Arguments& arguments) {
  Handle(SIGALRM, [](int) { siglongjmp(g_out, 1); }, 0);
  static int right, wrong;
  for (static int i = 0; i < 30; ++i) {
    if (sigsetjmp(g_out, 1) == 0) {
      const itimerval soon{{0, 0}, {0, 2'000}};
      setitimer(ITIMER_REAL, &soon, nullptr);
      (void)!open(arguments[0].c_str(), O_RDONLY);
      ++wrong;  // nobody writes
      continue;
    }
    const int fd = open(arguments[1].c_str(), O_RDONLY);
    ++(fd >= 0 && close(fd) == 0 ? right : wrong);
  }
  return Tally(right, wrong);
}

std::atomic<int> g_unwound;
struct Unwound {
  ~Unwound() { ++g_unwound; }
};

// FIFO: a thread that waits in an open is cancelled: it ends, and what stands on its stack is destroyed.
std::string CancelledInOpen(const Arguments& arguments) {
  static std::string fifo;
  fifo = arguments[0];
  for (int i = 0; i < 20; ++i) {
    pthread_t thread;
    pthread_create(&thread, nullptr, [](void*) -> void* {
      const Unwound on_stack;
      (void)!open(fifo.c_str(), O_RDONLY);
      return nullptr;
    }, nullptr);
    usleep(i % 2 == 0 ? 20'000 : 0);
    pthread_cancel(thread);
    timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    void* result = nullptr;
    if (pthread_timedjoin_np(thread, &result, &until) != 0) return "not cancelled";
    if (result != PTHREAD_CANCELED) return "returned";
  }
  // One that was cancelled before it began to run had nothing on its stack.
  return g_unwound >= 10 ? "ok" : "only " + std::to_string(g_unwound) + " unwound";
}

// FILE: four threads open it, and a fifth forks children that open it.
std::string OpensOfManyThreads(const Arguments& arguments) {
  std::atomic<int> right = 0, wrong = 0;
  const auto opens = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const int fd = open(arguments[0].c_str(), O_RDONLY | O_CLOEXEC);
      ++(fd >= 0 && close(fd) == 0 ? right : wrong);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(opens, 2000);
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(open(arguments[0].c_str(), O_RDONLY) >= 0 ? 0 : 1);
    int status = 1;
    waitpid(child, &status, 0);
    ++(status == 0 ? right : wrong);
  }
  for (std::thread& thread : threads) thread.join();
  return Tally(right, wrong);
}

// FILE: read by children of vfork and of posix_spawn, with an open among the spawn's file actions.
std::string OpensOfChildren(const Arguments& arguments) {
  const char* file = arguments[0].c_str();
  const pid_t child = vfork();
  if (child == 0) {
    const int fd = open(file, O_RDONLY);
    if (fd >= 0) dup2(fd, 0);
    execl("/bin/cat", "cat", nullptr);
    _exit(1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  if (status != 0) return "vfork";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0);
  char* argv[] = {const_cast<char*>("cat"), nullptr};
  pid_t spawned = 0;
  if (posix_spawn(&spawned, "/bin/cat", &actions, nullptr, argv, environ) != 0) return "posix_spawn";
  waitpid(spawned, &status, 0);
  return status == 0 ? "ok" : "spawned";
}

// FILE: opened by a process that may no longer make memory executable.
std::string OpenUnderMdwe(const Arguments& arguments) {
  constexpr int kSetMdwe = 65;  // PR_SET_MDWE, Linux 6.3
  if (prctl(kSetMdwe, 1, 0, 0, 0) < 0) return "ok";
  if (dlopen("libm.so.6", RTLD_NOW) == nullptr) return dlerror();
  return Said(open(arguments[0].c_str(), O_RDONLY));
}

// The C library under every name that it has is the one that is loaded, and says who it is.
std::string LoadLibrariesAgain(const Arguments&) {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&fopen), &info) == 0) return "dladdr";
  void* const by_path = dlopen(info.dli_fname, RTLD_NOW);
  if (by_path == nullptr) return dlerror();
  char* const real = realpath(info.dli_fname, nullptr);
  void* const by_real_path = dlopen(real, RTLD_NOW);
  if (by_path != dlopen("libc.so.6", RTLD_NOW) || by_path != by_real_path) return "another library";
  return info.dli_fname;
}

// DIRECTORY: errors, flags and numbers of descriptors as the kernel has them.
std::string ExactOpens(const Arguments& arguments) {
  const std::string at = arguments[0] + "/";
  std::string said;
  // A number says nothing in itself: it depends on what was open before.
  const int lowest = dup(STDOUT_FILENO);
  close(lowest);
  // O_NOFOLLOW is no state of a descriptor, and Usher's own opens do without it.
  const auto say = [&](const std::string& name, int flags) {
    const int fd = open((at + name).c_str(), flags);
    said += name + " ";
    if (fd < 0) {
      said += std::string(strerrorname_np(errno)) + " ";
      return;
    }
    said += std::to_string(fd - lowest) + " " + std::to_string(fcntl(fd, F_GETFL) & ~O_NOFOLLOW) + " " + std::to_string(fcntl(fd, F_GETFD)) + " ";
    close(fd);
  };
  for (const char* name : {"file", "absent", "file/below", "directory", "link", "dangling", "loop", "closed", "fifo"}) {
    for (const int flags : {O_RDONLY, O_RDONLY | O_CLOEXEC, O_RDONLY | O_DIRECTORY, O_RDONLY | O_NOFOLLOW, O_RDONLY | O_NONBLOCK}) {
      if (std::string_view(name) != "fifo" || (flags & (O_NONBLOCK | O_DIRECTORY)) != 0) say(name, flags);
    }
  }
  // Whatever stands in the mode's register comes back, and a number that is no directory's counts only for relative names.
  said += Said(openat(-1, (at + "file").c_str(), O_RDONLY)) + " " + Said(openat(-1, "file", O_RDONLY)) + " ";
  said += Said(syscall(SYS_openat, AT_FDCWD, (at + "file").c_str(), O_RDONLY, 0xdeadbeef00000000)) + " ";
  said += Said(open(reinterpret_cast<const char*>(8), O_RDONLY));
  return said;
}

constexpr Case kCases[] = {
    {"signalled-opens", &SignalledOpens},     {"interrupted-open", &InterruptedOpen},
    {"jumped-out-of-open", &JumpedOutOfOpen}, {"cancelled-in-open", &CancelledInOpen},
    {"opens-of-threads", &OpensOfManyThreads}, {"opens-of-children", &OpensOfChildren},
    {"open-under-mdwe", &OpenUnderMdwe},      {"load-again", &LoadLibrariesAgain},
    {"exact-opens", &ExactOpens},
};

}  // namespace

std::span<const Case> GateCases() { return kCases; }

}  // namespace usher::sandboxee
