#include "supervisor/kernel/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

// A file below /proc that the kernel writes as one record: what one read(2) has room for is all of it, and so the usual
// second one, to find the end, is spared.
absl::StatusOr<std::string> ReadRecord(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return ErrnoStatus(Concat("open(", path, ")"));
  char buffer[8192];
  ssize_t got;
  do {
    got = read(fd.get(), buffer, sizeof(buffer));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return ErrnoStatus(Concat("read(", path, ")"));
  if (got == sizeof(buffer)) return ReadFile(path);  // many groups, in "status"
  return std::string(buffer, static_cast<size_t>(got));
}

// The value after "Name:\t" in a /proc/ID/status text.
absl::StatusOr<std::string_view> StatusField(std::string_view text, std::string_view name) {
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find('\n', at);
    if (end == text.npos) end = text.size();
    std::string_view line = text.substr(at, end - at);
    if (line.size() > name.size() && line.substr(0, name.size()) == name && line[name.size()] == ':') {
      line.remove_prefix(name.size() + 1);
      while (!line.empty() && (line.front() == '\t' || line.front() == ' ')) line.remove_prefix(1);
      return line;
    }
    at = end + 1;
  }
  return ErrnoStatus(Concat("/proc/ID/status has no ", name), ENOENT);
}

}  // namespace

absl::StatusOr<UniqueFd> PidfdOpen(int32_t pid) {
  UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) return ErrnoStatus("pidfd_open");
  return fd;
}

absl::StatusOr<UniqueFd> PidfdGetFd(int pidfd, int fd) {
  UniqueFd copy(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, fd, 0)));
  if (!copy) return ErrnoStatus("pidfd_getfd");
  return copy;
}

absl::StatusOr<int32_t> PidOfPidfd(int pidfd) {
  USHER_ASSIGN_OR_RETURN(const std::string text, ReadFile(Concat("/proc/self/fdinfo/", pidfd)));
  const auto field = StatusField(text, "Pid");
  int32_t pid = 0;
  if (!field.ok() || !ParseNumber(*field, &pid)) return ErrnoStatus("pidfd", EBADF);
  if (pid <= 0) return ErrnoStatus("pidfd", pid < 0 ? ESRCH : EPERM);
  return pid;
}

absl::Status PidfdKill(int pidfd, int signal) {
  if (syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) < 0) return ErrnoStatus("pidfd_send_signal");
  return absl::OkStatus();
}

bool PidfdIsThere(int pidfd) { return syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0) == 0; }

absl::StatusOr<ProcStat> ParseProcStat(std::string_view text) {
  // The name stands in parentheses and may hold anything, a closing one included: the last one counts.
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open || close + 2 > text.size()) {
    return ErrnoStatus("/proc/ID/stat", EINVAL);
  }
  const std::vector<std::string_view> fields = Split(text.substr(close + 2), ' ');
  ProcStat stat;
  stat.comm = std::string(text.substr(open + 1, close - open - 1));
  // Field 3 of proc(5) is fields[0].
  if (fields.size() < 20 || fields[0].size() != 1 || !ParseNumber(fields[1], &stat.parent) ||
      !ParseNumber(fields[2], &stat.group) || !ParseNumber(fields[3], &stat.session) ||
      !ParseNumber(fields[4], &stat.terminal) || !ParseNumber(fields[19], &stat.start_ticks)) {
    return ErrnoStatus("/proc/ID/stat", EINVAL);
  }
  stat.state = fields[0][0];
  return stat;
}

absl::StatusOr<ProcStat> ReadProcStat(int32_t id) {
  USHER_ASSIGN_OR_RETURN(const std::string text, ReadRecord(Concat("/proc/", id, "/stat")));
  return ParseProcStat(text);
}

absl::StatusOr<int32_t> ThreadGroupOf(int32_t tid) {
  // Most that we are asked about lead their group: no signal to "thread tid of process tid" says so at a fraction of
  // the price.
  if (syscall(SYS_tgkill, tid, tid, 0) == 0) return tid;
  USHER_ASSIGN_OR_RETURN(const std::string text, ReadRecord(Concat("/proc/", tid, "/status")));
  USHER_ASSIGN_OR_RETURN(const std::string_view field, StatusField(text, "Tgid"));
  int32_t group = 0;
  if (!ParseNumber(field, &group)) return ErrnoStatus("Tgid of /proc/ID/status", EINVAL);
  return group;
}

absl::StatusOr<uint32_t> UmaskOf(int32_t tid) {
  USHER_ASSIGN_OR_RETURN(const std::string text, ReadRecord(Concat("/proc/", tid, "/status")));
  USHER_ASSIGN_OR_RETURN(const std::string_view field, StatusField(text, "Umask"));
  uint32_t mask = 0;
  for (const char digit : field) {
    if (digit < '0' || digit > '7') return ErrnoStatus("Umask of /proc/ID/status", EINVAL);
    mask = mask * 8 + static_cast<uint32_t>(digit - '0');
  }
  return mask;
}

bool IsTraced(int32_t tid) {
  const auto text = ReadRecord(Concat("/proc/", tid, "/status"));
  if (!text.ok()) return true;
  const auto tracer = StatusField(*text, "TracerPid");
  return !tracer.ok() || *tracer != "0";
}

absl::StatusOr<uint64_t> FileSizeLimitOf(int32_t tid) {
  rlimit limit;
  if (prlimit(tid, RLIMIT_FSIZE, nullptr, &limit) < 0) return ErrnoStatus("prlimit(RLIMIT_FSIZE)");
  return limit.rlim_cur;  // RLIM_INFINITY is more than any length
}

absl::Status SignalThread(int32_t process, int32_t tid, int signal) {
  if (syscall(SYS_tgkill, process, tid, signal) < 0) return ErrnoStatus("tgkill");
  return absl::OkStatus();
}

std::vector<int32_t> ChildrenOf(int32_t pid) {
  std::vector<int32_t> children;
  for (const int32_t thread : ThreadsOf(pid)) {
    const auto text = ReadFile(Concat("/proc/", pid, "/task/", thread, "/children"));
    if (!text.ok()) continue;
    for (const std::string_view word : SplitSkipEmpty(*text, ' ')) {
      int32_t child = 0;
      if (ParseNumber(word, &child)) children.push_back(child);
    }
  }
  return children;
}

std::vector<int32_t> ThreadsOf(int32_t pid) {
  std::vector<int32_t> threads;
  DIR* directory = opendir(Concat("/proc/", pid, "/task").c_str());
  if (directory == nullptr) return threads;
  while (const dirent* entry = readdir(directory)) {
    int32_t thread = 0;
    if (ParseNumber(entry->d_name, &thread)) threads.push_back(thread);
  }
  closedir(directory);
  return threads;
}

}  // namespace usher
