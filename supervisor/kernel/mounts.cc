#include "supervisor/kernel/mounts.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <string_view>

#include "policies/text.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

constexpr char kMountInfo[] = "/proc/self/mountinfo";
constexpr size_t kMaxMountInfo = 1 << 24;

}  // namespace

bool MountTable::Has(uint64_t mount) {
  if (!watch_ || Changed()) Load();
  return ids_.contains(mount);
}

bool MountTable::Holds(int fd) {
  struct statx status;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0 || (status.stx_mask & STATX_MNT_ID) == 0) return false;
  return Has(status.stx_mnt_id);
}

bool MountTable::Changed() const {
  pollfd watched{.fd = watch_.get(), .events = POLLPRI, .revents = 0};
  return poll(&watched, 1, 0) < 0 || (watched.revents & (POLLPRI | POLLERR)) != 0;
}

void MountTable::Load() {
  ids_.clear();
  if (!watch_) watch_.reset(open(kMountInfo, O_RDONLY | O_CLOEXEC));
  const auto text = ReadFile(kMountInfo, kMaxMountInfo);
  if (!watch_ || !text.ok()) return;
  for (const std::string_view line : Split(*text, '\n')) {
    uint64_t id = 0;
    if (ParseNumber(line.substr(0, line.find(' ')), &id)) ids_.insert(id);
  }
}

bool OnMountOfOurs(int fd) {
  static auto& table = *new MountTable();
  return table.Holds(fd);
}

}  // namespace usher
