// Names and descriptors: openat2(2) and the name that the kernel itself gives to a descriptor.

#ifndef USHER_SUPERVISOR_KERNEL_PATH_H_
#define USHER_SUPERVISOR_KERNEL_PATH_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {

// openat2(2) with O_CLOEXEC added. `resolve` is a set of RESOLVE_* flags. Retries EAGAIN (a rename raced with the
// walk).
absl::StatusOr<UniqueFd> OpenAt2(int dirfd, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve);

// The kernel's name of an open descriptor (readlink of /proc/self/fd/N): canonical for files, "pipe:[7]" and the like
// for what has no name. A file without a link any more ends in " (deleted)".
absl::StatusOr<std::string> NameOf(int fd);

// Opens again, with `flags`, the very object that `fd` (usually O_PATH) holds. No name is looked up.
absl::StatusOr<UniqueFd> Reopen(int fd, int flags);

// "/proc/self/fd/N": a name for calls that take only names and must reach the object `fd` holds.
struct DescriptorName {
  explicit DescriptorName(int fd);
  const char* c_str() const { return text_; }

 private:
  char text_[32];
};

absl::StatusOr<struct stat> StatOf(int fd);

// What an absolute path is called on the way to what it leads to: each link, by its canonical name, and last what they
// lead to (realpath(3), but what is not there yet keeps its name). Whoever may replace one of these decides what is
// found.
std::vector<std::string> NamesOnTheWay(std::string_view path);

// Everything in a small file, at most `limit` bytes.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit = 1 << 20);

}  // namespace usher

#endif  // USHER_SUPERVISOR_KERNEL_PATH_H_
