#include "supervisor/floor_reach.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdio>  // RENAME_EXCHANGE
#include <memory>
#include <string_view>

#include "policies/text.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

constexpr std::chrono::milliseconds kBudget{20};  // the loop waits as long
constexpr int kMaxDepth = 64;

}  // namespace

bool FloorReach::Exposes(const Call& call, const Target& target) const {
  if (call.row->allow_by != AllowBy::kRename || target.names.size() != 2) return false;
  const Resolved& from = target.names[0];
  const Resolved& to = target.names[1];
  if (ExposedBy(from, to)) return true;
  return (call.rename_flags & RENAME_EXCHANGE) != 0 && ExposedBy(to, from);
}

bool FloorReach::ExposedBy(const Resolved& moved, const Resolved& to) const {
  if (!moved.is_directory()) return false;
  if (Covers(moved.object.get()).value_or(false) || !Covers(to.parent.get()).value_or(true)) return false;
  return !MayAllBeRead(moved.object.get(), to.path, 0, Clock::now() + kBudget);
}

std::optional<bool> FloorReach::Covers(int directory) const {
  UniqueFd above;
  for (int at = directory, depth = 0; depth < kMaxDepth; ++depth) {
    const auto status = StatOf(at);
    if (!status.ok()) return std::nullopt;
    if (given_.contains({status->st_dev, status->st_ino})) return true;
    UniqueFd next(openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const auto parent = next ? StatOf(next.get()) : absl::StatusOr<struct stat>(absl::InternalError(""));
    if (!parent.ok()) return std::nullopt;
    if (parent->st_dev == status->st_dev && parent->st_ino == status->st_ino) return false;  // the root
    above = std::move(next);
    at = above.get();
  }
  return std::nullopt;
}

bool FloorReach::MayAllBeRead(int directory, const std::string& path, int depth, Clock::time_point deadline) const {
  const Extent extent = rules_.AllowedBeneath(RuleUse::kRead, path);
  if (extent == Extent::kEverything) return true;
  if (extent != Extent::kButForScattered || depth > kMaxDepth) return false;
  UniqueFd fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_NOCTTY | O_CLOEXEC));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd ? fdopendir(fd.get()) : nullptr, &closedir);
  if (stream == nullptr) return false;
  (void)fd.release();  // the stream's now
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) return errno == 0;  // all was seen, or nobody knows what was not
    const std::string_view name(entry->d_name);
    if (name == "." || name == "..") continue;
    if (Clock::now() >= deadline) return false;
    const std::string inner = Concat(path, "/", name);
    const UniqueFd object(openat(dirfd(stream.get()), entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    const auto status = object ? StatOf(object.get()) : absl::StatusOr<struct stat>(absl::InternalError(""));
    if (!status.ok()) return false;
    const bool is_directory = S_ISDIR(status->st_mode);
    const FileOperation read{.path = inner, .is_directory = is_directory};
    if (!S_ISLNK(status->st_mode) && rules_.Decide(read).verdict != Verdict::kAllow) return false;
    if (is_directory && !MayAllBeRead(object.get(), inner, depth + 1, deadline)) return false;
  }
}

}  // namespace usher
