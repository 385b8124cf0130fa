#include "supervisor/kernel/path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <climits>
#include <cstring>
#include <deque>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {

absl::StatusOr<UniqueFd> OpenAt2(int dirfd, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = resolve;
  long fd = -1;
  for (int attempt = 0; attempt < 8; ++attempt) {
    fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
    if (fd >= 0 || errno != EAGAIN) break;
  }
  if (fd < 0) {
    const int error = errno;
    return ErrnoStatus(Concat("openat2(", path, ")"), error);
  }
  return UniqueFd(static_cast<int>(fd));
}

DescriptorName::DescriptorName(int fd) {
  constexpr char kPrefix[] = "/proc/self/fd/";
  std::memcpy(text_, kPrefix, sizeof(kPrefix) - 1);
  char* end = std::to_chars(text_ + sizeof(kPrefix) - 1, text_ + sizeof(text_) - 1, fd).ptr;
  *end = '\0';
}

absl::StatusOr<std::string> NameOf(int fd) {
  char buffer[PATH_MAX + 1];
  const ssize_t length = readlink(DescriptorName(fd).c_str(), buffer, sizeof(buffer));
  if (length < 0) return ErrnoStatus("readlink(/proc/self/fd)");
  if (static_cast<size_t>(length) >= sizeof(buffer)) return ErrnoStatus("readlink(/proc/self/fd)", ENAMETOOLONG);
  return std::string(buffer, static_cast<size_t>(length));
}

absl::StatusOr<UniqueFd> Reopen(int fd, int flags) {
  UniqueFd result(open(DescriptorName(fd).c_str(), flags | O_CLOEXEC));
  if (!result) return ErrnoStatus("open(/proc/self/fd)");
  return result;
}

absl::StatusOr<struct stat> StatOf(int fd) {
  struct stat status;
  if (fstat(fd, &status) < 0) return ErrnoStatus("fstat");
  return status;
}

std::vector<std::string> NamesOnTheWay(std::string_view path) {
  constexpr size_t kMostLinks = 40;  // as the kernel: ELOOP
  std::vector<std::string> names;
  std::deque<std::string> ahead;
  for (const std::string_view component : SplitSkipEmpty(path, '/')) ahead.emplace_back(component);
  std::string at;  // canonical, "" for the root
  while (!ahead.empty() && names.size() < kMostLinks) {
    const std::string component = std::move(ahead.front());
    ahead.pop_front();
    if (component == ".") continue;
    if (component == "..") {
      at.resize(at.empty() ? 0 : at.rfind('/'));
      continue;
    }
    std::string here = Concat(at, "/", component);
    char target[PATH_MAX];
    const ssize_t length = readlink(here.c_str(), target, sizeof(target));
    if (length < 0) {  // no link, or nothing
      at = std::move(here);
      continue;
    }
    const std::vector<std::string_view> led = SplitSkipEmpty({target, static_cast<size_t>(length)}, '/');
    if (target[0] == '/') at.clear();
    ahead.insert(ahead.begin(), led.begin(), led.end());
    names.push_back(std::move(here));
  }
  names.push_back(at.empty() ? "/" : at);
  return names;
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit) {
  // A FIFO in a file's place is an empty file, and not waited for.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) {
    const int error = errno;
    return ErrnoStatus(Concat("open(", path, ")"), error);
  }
  std::string text;
  char buffer[4096];
  while (text.size() < limit) {
    const ssize_t got = read(fd.get(), buffer, std::min(sizeof(buffer), limit - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      return ErrnoStatus(Concat("read(", path, ")"), error);
    }
    if (got == 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

}  // namespace usher
