#include "supervisor/intercept/left_over_fds.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>

#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMost = 64;  // threads; the oldest is forgotten

}  // namespace

OpenedFile OpenedBy(int fd, bool close_on_exec) {
  struct stat status {};
  (void)fstat(fd, &status);
  return {{status.st_dev, status.st_ino}, fcntl(fd, F_GETFL), close_on_exec};
}

void LeftOverFds::Note(const SyscallEvent& call, int number, OpenedFile file) {
  Forget(call.tid);
  if (left_overs_.size() == kMost) left_overs_.pop_front();
  left_overs_.push_back({call.tid, call.nr, call.ip, number, file});
}

void LeftOverFds::OnCall(const SyscallEvent& call) {
  std::erase_if(left_overs_,
                [&](const LeftOver& one) { return one.tid == call.tid && (one.nr != call.nr || one.ip != call.ip); });
}

void LeftOverFds::Forget(int32_t tid) {
  std::erase_if(left_overs_, [tid](const LeftOver& one) { return one.tid == tid; });
}

std::optional<int> LeftOverFds::Find(const SyscallEvent& call, const OpenedFile& file, Same same) const {
  const auto it = std::find_if(left_overs_.begin(), left_overs_.end(), [&](const LeftOver& one) {
    return one.tid == call.tid && one.nr == call.nr && one.ip == call.ip;
  });
  if (it == left_overs_.end() || it->file.identity != file.identity) return std::nullopt;
  const LeftOver& left_over = *it;
  if (same == Same::kFileAndFlags &&
      (left_over.file.flags != file.flags || left_over.file.close_on_exec != file.close_on_exec)) {
    return std::nullopt;
  }
  struct stat there {};
  if (stat(Concat("/proc/", call.tid, "/fd/", left_over.number).c_str(), &there) != 0) return std::nullopt;
  if (file.identity != std::pair<uint64_t, uint64_t>(there.st_dev, there.st_ino)) return std::nullopt;
  return left_over.number;
}

}  // namespace usher
