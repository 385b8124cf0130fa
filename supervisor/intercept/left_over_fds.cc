#include "supervisor/intercept/left_over_fds.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>

#include "policies/text.h"

namespace usher {
namespace {

constexpr size_t kMost = 64;
constexpr std::chrono::seconds kAtOnce{1};

}  // namespace

FileIdentity IdentityOf(int fd) {
  struct stat status {};
  (void)fstat(fd, &status);
  return {status.st_dev, status.st_ino};
}

void LeftOverFds::Note(int32_t tid, LeftOver left_over) {
  Forget(tid);
  if (threads_.size() == kMost) threads_.pop_front();
  threads_.emplace_back(tid, left_over);
}

void LeftOverFds::Forget(int32_t tid) {
  std::erase_if(threads_, [tid](const auto& one) { return one.first == tid; });
}

std::optional<LeftOverFds::LeftOver> LeftOverFds::Find(int32_t tid, Clock::time_point now) const {
  const auto it = std::find_if(threads_.begin(), threads_.end(), [tid](const auto& one) { return one.first == tid; });
  if (it == threads_.end() || now - it->second.since > kAtOnce) return std::nullopt;
  const LeftOver& left_over = it->second;
  struct stat there {};
  if (stat(Concat("/proc/", tid, "/fd/", left_over.number).c_str(), &there) != 0) return std::nullopt;
  if (FileIdentity(there.st_dev, there.st_ino) != left_over.file) return std::nullopt;
  return left_over;
}

}  // namespace usher
