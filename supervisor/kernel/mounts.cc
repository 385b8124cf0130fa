#include "supervisor/kernel/mounts.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "policies/text.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

constexpr char kMountInfo[] = "/proc/self/mountinfo";
constexpr size_t kMaxMountInfo = 1 << 24;

// The table is read again when the kernel says that it has changed: a number is used again after its mount has gone.
class MountTable {
 public:
  bool Has(uint64_t mount) {
    if (!watch_ || Changed()) Load();
    return ids_.contains(mount);
  }

 private:
  bool Changed() const {
    pollfd watched{.fd = watch_.get(), .events = POLLPRI, .revents = 0};
    return poll(&watched, 1, 0) < 0 || (watched.revents & (POLLPRI | POLLERR)) != 0;
  }

  void Load() {
    ids_.clear();
    if (!watch_) watch_.reset(open(kMountInfo, O_RDONLY | O_CLOEXEC));
    const auto text = ReadFile(kMountInfo, kMaxMountInfo);
    if (!watch_ || !text.ok()) return;
    for (const std::string_view line : Split(*text, '\n')) {
      uint64_t id = 0;
      if (ParseNumber(line.substr(0, line.find(' ')), &id)) ids_.insert(id);
    }
  }

  UniqueFd watch_;
  absl::flat_hash_set<uint64_t> ids_;
};

}  // namespace

bool OnMountOfOurs(int fd) {
  struct statx status;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0 || (status.stx_mask & STATX_MNT_ID) == 0) return false;
  static auto& table = *new MountTable();
  return table.Has(status.stx_mnt_id);
}

}  // namespace usher
