// Opening, and what a process has open already.

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>

#include "tests/sandboxees/sandboxee.h"

namespace usher::sandboxee {
namespace {

int FlagsOf(const std::string& letters) {
  int flags = O_CLOEXEC;
  for (const char letter : letters) {
    switch (letter) {
      case 'r':
        flags |= O_RDONLY;
        break;
      case 'w':
        flags |= O_WRONLY;
        break;
      case 'b':
        flags |= O_RDWR;
        break;
      case 'c':
        flags |= O_CREAT;
        break;
      case 'x':
        flags |= O_EXCL;
        break;
      case 't':
        flags |= O_TRUNC;
        break;
      case 'n':
        flags |= O_NONBLOCK;
        break;
      case 'f':
        flags |= O_NOFOLLOW;
        break;
      case 'p':
        flags |= O_PATH;
        break;
      default:
        std::abort();
    }
  }
  return flags;
}

std::string Open(const Arguments& a) { return Said(open(a[0].c_str(), FlagsOf(a.size() > 1 ? a[1] : "r"), 0644)); }

std::string Stat(const Arguments& a) {
  struct stat status;
  return Said(stat(a[0].c_str(), &status));
}

// N processes that wait for each other open the same file: "20 ok".
std::string ParallelOpen(const Arguments& a) {
  const int count = std::atoi(a[0].c_str());
  int gate[2];
  if (pipe(gate) < 0) return Said(-1);
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      char byte;
      close(gate[1]);
      if (read(gate[0], &byte, 1) < 0) _exit(255);
      _exit(open(a[1].c_str(), O_RDONLY) < 0 ? errno : 0);
    }
    children.push_back(child);
  }
  close(gate[0]);
  close(gate[1]);
  std::map<std::string, int> results;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    const int error = WEXITSTATUS(status);
    ++results[error == 0 ? "ok" : strerrorname_np(error)];
  }
  std::string said;
  for (const auto& [what, times] : results) {
    if (!said.empty()) said += ", ";
    said += std::to_string(times) + " " + what;
  }
  return said;
}

// Opens again and again until it succeeds or the seconds are over: for rules that change while the box lives.
std::string OpenUntil(const Arguments& a) {
  const int seconds = std::atoi(a[1].c_str());
  const std::string wanted = a[2];
  for (int i = 0; i < seconds * 20; ++i) {
    const int fd = open(a[0].c_str(), O_RDONLY | O_CLOEXEC);
    const std::string said = Said(fd);
    if (fd >= 0) close(fd);
    if (said == wanted) return said;
    usleep(50000);
  }
  return "never " + wanted;
}

std::string OpenDescriptors(const Arguments&) {
  std::string said;
  for (int fd = 0; fd < 4096; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) said += (said.empty() ? "" : " ") + std::to_string(fd);
  }
  return said;
}

// /proc/self, /proc/thread-self and /dev/fd are those of who asks, not of who opens for him.
std::string OwnProc(const Arguments&) {
  const std::string self = "/proc/self/stat";
  const int fd = open(self.c_str(), O_RDONLY);
  char text[256] = {};
  if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0) return Said(-1);
  if (std::atoi(text) != getpid()) return std::string("/proc/self is process ") + text;
  if (open(("/proc/" + std::to_string(getpid()) + "/maps").c_str(), O_RDONLY) < 0) return Said(-1);
  int ends[2];
  if (pipe(ends) < 0 || write(ends[1], "x", 1) != 1) return Said(-1);
  const int again = open(("/dev/fd/" + std::to_string(ends[0])).c_str(), O_RDONLY);
  char byte = 0;
  if (again < 0 || read(again, &byte, 1) != 1 || byte != 'x') return "/dev/fd is not mine";
  const int thread = open("/proc/thread-self/comm", O_RDONLY);
  return Said(thread);
}

std::string ProcPids(const Arguments&) {
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return Said(-1);
  int readable = 0;
  while (const dirent* entry = readdir(proc)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    const int fd = open(("/proc/" + std::string(entry->d_name) + "/environ").c_str(), O_RDONLY);
    if (fd < 0) continue;
    char byte;
    readable += read(fd, &byte, 1) == 1;
    close(fd);
  }
  closedir(proc);
  return std::to_string(readable);
}

std::string CoreLimit(const Arguments&) {
  rlimit limit;
  getrlimit(RLIMIT_CORE, &limit);
  return std::to_string(limit.rlim_max);
}

volatile sig_atomic_t too_large = 0;

// truncate(2) by name to a length, below a limit of the process's own: what it says, and how often SIGXFSZ came.
std::string Lengthen(const Arguments& arguments) {
  signal(SIGXFSZ, [](int) { too_large = too_large + 1; });
  const rlimit limit{std::stoul(arguments[1]), RLIM_INFINITY};
  if (setrlimit(RLIMIT_FSIZE, &limit) < 0) return Said(-1);
  const std::string said = Said(truncate(arguments[0].c_str(), std::stol(arguments[2])));
  return said + " " + std::to_string(too_large);
}

std::string Abort(const Arguments&) { std::abort(); }

std::string ClosedStandard(const Arguments&) {
  std::string said;
  for (int fd = 0; fd < 3; ++fd) said += fcntl(fd, F_GETFD) >= 0 ? "open " : "closed ";
  return said;
}

constexpr Case kCases[] = {
    {"open", &Open},
    {"stat", &Stat},
    {"parallel-open", &ParallelOpen},
    {"open-until", &OpenUntil},
    {"descriptors", &OpenDescriptors},
    {"own-proc", &OwnProc},
    {"proc-pids", &ProcPids},
    {"core-limit", &CoreLimit},
    {"lengthen", &Lengthen},
    {"abort", &Abort},
    {"standard-descriptors", &ClosedStandard},
};

}  // namespace

std::span<const Case> FileCases() { return kCases; }

}  // namespace usher::sandboxee
