#include "supervisor/kernel/directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

absl::Status WriteAll(const std::string& path, int flags, mode_t mode, std::string_view text) {
  UniqueFd file(open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) {
    const int error = errno;
    return ErrnoStatus(Concat("open(", path, ")"), error);
  }
  while (!text.empty()) {
    const ssize_t put = write(file.get(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int error = errno;
      unlink(path.c_str());  // half a receipt is worse than none
      return ErrnoStatus(Concat("write(", path, ")"), error);
    }
    text.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeDirectories(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();  // most often the others are there
  for (size_t at = 1; at != std::string::npos;) {
    at = path.find('/', at + 1);
    const std::string part = path.substr(0, at);
    if (mkdir(part.c_str(), 0700) < 0 && errno != EEXIST) {
      const int error = errno;
      return ErrnoStatus(Concat("mkdir(", part, ")"), error);
    }
  }
  return absl::OkStatus();
}

absl::Status WriteNewFile(const std::string& path, std::string_view text) { return WriteAll(path, O_EXCL, 0600, text); }

absl::Status WriteFile(const std::string& path, std::string_view text) {
  const std::string beside = Concat(path, ".", getpid(), ".new");
  USHER_RETURN_IF_ERROR(WriteAll(beside, O_EXCL, 0644, text));
  if (rename(beside.c_str(), path.c_str()) < 0) {
    const int error = errno;
    unlink(beside.c_str());
    return ErrnoStatus(Concat("rename(", path, ")"), error);
  }
  return absl::OkStatus();
}

}  // namespace usher
