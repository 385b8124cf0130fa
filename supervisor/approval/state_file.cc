#include "supervisor/approval/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <utility>

#include "policies/escape.h"
#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

constexpr int64_t kLargestFile = 4 << 20;  // far above what a person can answer; a bound, not a format

StateFile::Version VersionOf(const struct stat& stat) {
  return {
      .inode = stat.st_ino, .size = stat.st_size, .seconds = stat.st_mtim.tv_sec, .nanoseconds = stat.st_mtim.tv_nsec};
}

absl::Status MakeDirectories(const std::string& directory) {
  if (directory.empty() || directory.front() != '/') {
    return absl::InvalidArgumentError(
        Cat("the state directory must be an absolute path, not \"", Escape(directory), "\""));
  }
  for (size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    const std::string parent = directory.substr(0, slash);
    if (mkdir(parent.c_str(), 0700) < 0 && errno != EEXIST) {
      // A parent on a read-only mount answers EROFS although it is there; only the missing one matters.
      struct stat stat;
      const int error = errno;
      if (::stat(parent.c_str(), &stat) < 0) return ErrnoStatus(Cat("mkdir(\"", Escape(parent), "\")"), error);
    }
    if (slash == std::string::npos) return absl::OkStatus();
  }
}

absl::StatusOr<UniqueFd> OpenPrivateDirectory(const std::string& directory) {
  UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string call = Cat("open(\"", Escape(directory), "\")");
  if (!fd) return ErrnoStatus(call);
  struct stat stat;
  if (fstat(fd.get(), &stat) < 0) return ErrnoStatus(call);
  if (stat.st_uid != geteuid()) {
    return absl::PermissionDeniedError(
        Cat(Escape(directory), " belongs to another user; set XDG_STATE_HOME to a directory of your own"));
  }
  if ((stat.st_mode & 077) != 0 && fchmod(fd.get(), 0700) < 0) return ErrnoStatus(Cat("chmod 700 ", Escape(directory)));
  return fd;
}

absl::Status WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus("write");
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StateFile> StateFile::Create(const std::string& directory, std::string name) {
  USHER_RETURN_IF_ERROR(MakeDirectories(directory));
  return Open(directory, std::move(name));
}

absl::StatusOr<StateFile> StateFile::Open(const std::string& directory, std::string name) {
  StateFile file;
  USHER_ASSIGN_OR_RETURN(file.directory_fd_, OpenPrivateDirectory(directory));
  file.path_ = Cat(directory, "/", name);
  file.name_ = std::move(name);
  return file;
}

absl::StatusOr<UniqueFd> StateFile::Lock() const {
  const std::string lock = Cat(".", name_, ".lock");
  UniqueFd fd(openat(directory_fd_.get(), lock.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return ErrnoStatus(Cat("open the lock of \"", Escape(path_), "\""));
  for (int attempt = 0; flock(fd.get(), LOCK_EX | LOCK_NB) < 0; ++attempt) {
    if (errno != EWOULDBLOCK && errno != EINTR) return ErrnoStatus("flock");
    if (attempt == 100) {
      const std::string_view directory = std::string_view(path_).substr(0, path_.size() - name_.size());
      return absl::UnavailableError(Cat(Escape(path_), " is locked by another usher that does not go on; `fuser ",
                                        Escape(Cat(directory, lock)), "` names it"));
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = 5'000'000};
    nanosleep(&pause, nullptr);
  }
  return fd;
}

absl::StatusOr<StateFile::Version> StateFile::Look() const {
  struct stat stat;
  if (fstatat(directory_fd_.get(), name_.c_str(), &stat, AT_SYMLINK_NOFOLLOW) == 0) return VersionOf(stat);
  if (errno == ENOENT) return Version{};
  return ErrnoStatus(Cat("stat(\"", Escape(path_), "\")"));
}

absl::StatusOr<std::string> StateFile::Read(Version* version) const {
  *version = {};
  const std::string call = Cat("open(\"", Escape(path_), "\")");
  // O_NONBLOCK: a FIFO in its place must not hold the supervisor up.
  UniqueFd fd(openat(directory_fd_.get(), name_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == ENOENT) return std::string();
  if (!fd) return ErrnoStatus(call);
  struct stat stat;
  if (fstat(fd.get(), &stat) < 0) return ErrnoStatus(call);
  if (!S_ISREG(stat.st_mode) || stat.st_uid != geteuid() || (stat.st_mode & 022) != 0) {
    return absl::PermissionDeniedError(
        Cat(Escape(path_), " is no plain file that only you can write; look at it, then `chmod 600` or remove it"));
  }
  if (stat.st_size > kLargestFile) return absl::OutOfRangeError(Cat(Escape(path_), " is larger than 4 MiB"));
  std::string text(static_cast<size_t>(stat.st_size), '\0');
  size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = read(fd.get(), text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(Cat("read(\"", Escape(path_), "\")"));
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  text.resize(have);
  *version = VersionOf(stat);
  return text;
}

absl::StatusOr<StateFile::Version> StateFile::Replace(std::string_view text, Durability durability) const {
  // One name for the draft is enough: whoever writes holds the lock, and a draft left by a crash is overwritten.
  const std::string draft = Cat(".", name_, ".draft");
  UniqueFd fd(openat(directory_fd_.get(), draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return ErrnoStatus(Cat("create a draft of \"", Escape(path_), "\""));
  USHER_RETURN_IF_ERROR(WriteAll(fd.get(), text));
  if (durability == Durability::kDurable && fsync(fd.get()) < 0) return ErrnoStatus("fsync");
  struct stat stat;
  if (fstat(fd.get(), &stat) < 0) return ErrnoStatus("fstat");
  if (renameat(directory_fd_.get(), draft.c_str(), directory_fd_.get(), name_.c_str()) < 0) {
    return ErrnoStatus(Cat("rename a draft to \"", Escape(path_), "\""));
  }
  // The rename itself lives in the directory. Some file systems cannot sync one (EINVAL); the contents are safe
  // already.
  if (durability == Durability::kDurable && fsync(directory_fd_.get()) < 0 && errno != EINVAL)
    return ErrnoStatus("fsync");
  return VersionOf(stat);
}

}  // namespace usher
