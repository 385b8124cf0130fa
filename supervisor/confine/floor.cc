#include "supervisor/confine/floor.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/path.h"

namespace usher {
namespace {

using Clock = std::chrono::steady_clock;

// Never through a link: the floor is about canonical names, as the monitor's judgements are.
absl::StatusOr<UniqueFd> Open(const std::string& path, uint64_t flags) {
  return OpenAt2(AT_FDCWD, path.c_str(), flags, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

PlaceKind KindOfMode(mode_t mode) {
  if (S_ISLNK(mode) || S_ISSOCK(mode)) return PlaceKind::kUnopened;
  return S_ISDIR(mode) ? PlaceKind::kDirectory : S_ISREG(mode) ? PlaceKind::kFile : PlaceKind::kOther;
}

class FileSystemView : public TreeView {
 public:
  FileSystemView(const std::string& to_be_made, std::chrono::microseconds budget)
      : to_be_made_(to_be_made), last_spent_(SpentByUs() + budget), deadline_(Clock::now() + kPatience * budget) {}

  PlaceKind KindOf(const std::string& path) override {
    if (path == to_be_made_) return PlaceKind::kDirectory;
    const auto object = Open(path, O_PATH);
    if (!object.ok()) return PlaceKind::kNothing;
    const auto status = StatOf(object->get());
    return status.ok() ? KindOfMode(status->st_mode) : PlaceKind::kNothing;
  }

  std::optional<std::vector<Entry>> List(const std::string& directory) override {
    std::vector<Entry> entries;
    if (LiesIn(to_be_made_, directory) && to_be_made_.find('/', directory.size() + 1) == std::string::npos) {
      entries.push_back({to_be_made_.substr(directory.size() + 1), PlaceKind::kDirectory});
    }
    const int fd = Enter(directory);
    if (fd < 0 && entries.empty()) return std::nullopt;  // what we may not list, the sandbox may not either
    if (fd < 0) return entries;
    for (;;) {
      const ssize_t got = getdents64(fd, buffer_.get(), kBuffer);
      if (got <= 0) return entries;
      for (ssize_t at = 0; at < got;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer_.get() + at);
        at += entry->d_reclen;
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") entries.push_back({std::string(name), KindOfEntry(*entry, fd)});
      }
    }
  }

  bool OutOfTime() override { return SpentByUs() >= last_spent_ || Clock::now() >= deadline_; }

 private:
  // Processor time: on a busy machine a floor is no smaller for having been planned between others.
  static std::chrono::nanoseconds SpentByUs() {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
  }

  struct Entered {
    std::string path;
    UniqueFd fd;
  };

  // Opens a directory by way of the nearest one above it that is still open: a walk goes down and comes back, and one
  // name is looked up sooner than ten. The descriptor stays the view's; -1 for one that cannot be opened.
  int Enter(const std::string& directory) {
    while (!entered_.empty() && !LiesIn(directory, entered_.back().path)) entered_.pop_back();
    constexpr uint64_t kFlags = O_RDONLY | O_DIRECTORY | O_NOCTTY | O_NONBLOCK;
    constexpr uint64_t kNoLinks = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    auto fd = entered_.empty() ? OpenAt2(AT_FDCWD, directory.c_str(), kFlags, 0, kNoLinks)
                               : OpenAt2(entered_.back().fd.get(), directory.c_str() + entered_.back().path.size() + 1,
                                         kFlags, 0, kNoLinks);
    if (!fd.ok()) return -1;
    entered_.push_back({directory, *std::move(fd)});
    return entered_.back().fd.get();
  }

  static bool LiesIn(std::string_view path, std::string_view directory) {
    return path.size() > directory.size() + 1 && path.starts_with(directory) && path[directory.size()] == '/';
  }

  static PlaceKind KindOfEntry(const dirent64& entry, int directory) {
    switch (entry.d_type) {
      case DT_DIR:
        return PlaceKind::kDirectory;
      case DT_REG:
        return PlaceKind::kFile;
      case DT_LNK:
      case DT_SOCK:
        return PlaceKind::kUnopened;
      case DT_UNKNOWN: {  // a file system that does not say
        struct stat status;
        const bool known = fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
        return known ? KindOfMode(status.st_mode) : PlaceKind::kOther;
      }
      default:
        return PlaceKind::kOther;
    }
  }

  static constexpr size_t kBuffer = 32768;
  static constexpr int kPatience = 5;  // so many budgets of real time: a slow disk or a far one ends a walk too

  const std::string& to_be_made_;
  std::chrono::nanoseconds last_spent_;
  Clock::time_point deadline_;
  std::vector<Entered> entered_;  // each lies in the one before it
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(kBuffer);
};

absl::Status Carry(const FloorRule& rule, Floor& floor) {
  const auto object = Open(rule.path, O_PATH);
  if (!object.ok()) return absl::OkStatus();  // gone
  // A file that has become a directory since it was looked at would bring in what nobody has looked at.
  const auto status = StatOf(object->get());
  if (!status.ok() || S_ISDIR(status->st_mode) != rule.is_directory) return absl::OkStatus();
  if (rule.read && rule.is_directory) floor.readable.emplace_back(status->st_dev, status->st_ino);
  return AllowBeneath(floor.ruleset.get(), object->get(), rule.Access() & HandledBy(floor.abi).fs);
}

}  // namespace

absl::StatusOr<Floor> BuildFloor(const Ruleset& rules, FloorUse use, const std::string& temporary,
                                 std::chrono::microseconds budget) {
  Floor floor;
  floor.abi = LandlockAbi();
  if (floor.abi == 0) return floor;
  FileSystemView tree(temporary, budget);
  floor.plan = PlanFloor(rules, use, tree);
  USHER_ASSIGN_OR_RETURN(floor.ruleset, CreateLandlockRuleset(HandledBy(floor.abi)));
  for (const FloorRule& rule : floor.plan.rules) {
    if (rule.path == temporary) {
      floor.temporary_access = rule.Access() & HandledBy(floor.abi).fs;
    } else {
      USHER_RETURN_IF_ERROR(Carry(rule, floor));
    }
  }
  return floor;
}

}  // namespace usher
