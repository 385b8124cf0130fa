#include "supervisor/private_temp.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

// By descriptor, so that no link planted in it leads the removal elsewhere; directories whose mode forbids it are opened up.
void RemoveTree(int parent, const char* name, int depth) {
  if (unlinkat(parent, name, 0) == 0 || depth > 1000) return;
  UniqueFd directory(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) {
    UniqueFd pinned(openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!pinned) return;
    fchmodat(parent, name, 0700, 0);
    directory.reset(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory) return;
  }
  fchmod(directory.get(), 0700);
  DIR* entries = fdopendir(fcntl(directory.get(), F_DUPFD_CLOEXEC, 0));
  if (entries == nullptr) return;
  while (const dirent* entry = readdir(entries)) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    RemoveTree(directory.get(), entry->d_name, depth + 1);
  }
  closedir(entries);
  unlinkat(parent, name, AT_REMOVEDIR);
}

}  // namespace

absl::StatusOr<PrivateTemp> PrivateTemp::Create() {
  const char* wanted = std::getenv("TMPDIR");
  std::string base = wanted != nullptr && wanted[0] == '/' ? wanted : "/tmp";
  char real[PATH_MAX];
  if (realpath(base.c_str(), real) != nullptr) base = real;
  std::string path = Concat(base, "/usher-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    const int error = errno;
    return ErrnoStatus(Concat("mkdtemp(", path, ")"), error);
  }
  return PrivateTemp(std::move(path));
}

PrivateTemp::~PrivateTemp() {
  if (!path_.empty() && rmdir(path_.c_str()) < 0) RemoveTree(AT_FDCWD, path_.c_str(), 0);
}

}  // namespace usher
