#include "supervisor/confine/floor.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
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

// An access list that lets somebody else write shows as the group's right.
bool OnlyRootChanges(const struct stat& status) {
  return status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

class FileSystemView : public TreeView {
 public:
  FileSystemView(const std::string& to_be_made, std::chrono::microseconds budget)
      : to_be_made_(to_be_made), budget_(budget) {}

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
    (void)lseek(fd, 0, SEEK_SET);  // it may have been listed before
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

  bool OnlyRootMakesIn(const std::string& directory) override {
    if (user_ == 0 || !IsEntered(directory)) return false;
    const auto status = StatOf(entered_.back().fd.get());
    return status.ok() && OnlyRootChanges(*status);
  }

  bool IsProgram(const std::string& path) override {
    const size_t slash = path.rfind('/');
    const int directory = Enter(path.substr(0, slash));
    struct stat status;
    return directory >= 0 && fstatat(directory, path.c_str() + slash + 1, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  }

  std::vector<std::string> Needed() override {
    std::vector<std::string> needed;
    for (const char* loader : {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1",
                               "/lib/ld-musl-aarch64.so.1"}) {
      char canonical[PATH_MAX];
      if (realpath(loader, canonical) != nullptr) needed.emplace_back(canonical);
    }
    for (const char* programs : {"/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"}) needed.emplace_back(programs);
    return needed;
  }

  // Counted from the first question on: to find out where to look is no walk.
  bool OutOfTime() override {
    if (deadline_ == Clock::time_point()) {
      last_spent_ = SpentByUs() + budget_;
      deadline_ = Clock::now() + kPatience * budget_;
    }
    return SpentByUs() >= last_spent_ || Clock::now() >= deadline_;
  }

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
    while (!entered_.empty() && entered_.back().path != directory && !LiesIn(directory, entered_.back().path)) {
      entered_.pop_back();
    }
    if (IsEntered(directory)) return entered_.back().fd.get();
    constexpr uint64_t kFlags = O_RDONLY | O_DIRECTORY | O_NOCTTY | O_NONBLOCK;
    constexpr uint64_t kNoLinks = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    auto fd = entered_.empty() ? OpenAt2(AT_FDCWD, directory.c_str(), kFlags, 0, kNoLinks)
                               : OpenAt2(entered_.back().fd.get(), directory.c_str() + entered_.back().path.size() + 1,
                                         kFlags, 0, kNoLinks);
    if (!fd.ok()) return -1;
    entered_.push_back({directory, *std::move(fd)});
    return entered_.back().fd.get();
  }

  bool IsEntered(const std::string& directory) const {
    return !entered_.empty() && entered_.back().path == directory;
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
  const uid_t user_ = geteuid();
  const std::chrono::microseconds budget_;
  std::chrono::nanoseconds last_spent_{};
  Clock::time_point deadline_{};
  std::vector<Entered> entered_;  // each lies in the one before it
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(kBuffer);
};

// The directories of the system: what lies in them stays where it is, for all that the sandbox can do.
class SystemDirectories {
 public:
  bool Contain(const std::string& directory) {
    if (user_ == 0) return false;
    const auto known = known_.find(directory);
    if (known != known_.end()) return known->second;
    struct stat status;
    const bool is_one = lstat(directory.c_str(), &status) == 0 && OnlyRootChanges(status) &&
                        (directory == "/" || Contain(ParentOf(directory)));
    return known_[directory] = is_one;
  }

  static std::string ParentOf(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
  }

 private:
  const uid_t user_ = geteuid();
  absl::flat_hash_map<std::string, bool> known_;
};

absl::Status Carry(const FloorRule& rule, bool can_move, Floor& floor) {
  auto object = Open(rule.path, O_PATH);
  if (!object.ok()) return absl::OkStatus();  // gone
  // A file that has become a directory since it was looked at would bring in what nobody has looked at.
  const auto status = StatOf(object->get());
  if (!status.ok() || S_ISDIR(status->st_mode) != rule.is_directory) return absl::OkStatus();
  const uint64_t access = rule.Access() & HandledBy(floor.abi).fs;
  if (!can_move || !rule.read) return AllowBeneath(floor.ruleset.get(), object->get(), access);
  if (rule.is_directory && floor.movable.size() == kMostMovable) return absl::OkStatus();
  USHER_RETURN_IF_ERROR(AllowBeneath(floor.ruleset.get(), object->get(), access));
  if (rule.is_directory) {
    floor.movable.push_back(*std::move(object));
  } else {
    floor.files.emplace_back(status->st_dev, status->st_ino);
  }
  return absl::OkStatus();
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
  SystemDirectories system;
  for (const FloorRule& rule : floor.plan.rules) {
    if (rule.path == temporary) {
      floor.temporary_access = rule.Access() & HandledBy(floor.abi).fs;
    } else {
      const bool can_move = IsReadBy(use) && !system.Contain(SystemDirectories::ParentOf(rule.path));
      USHER_RETURN_IF_ERROR(Carry(rule, can_move, floor));
    }
  }
  return floor;
}

}  // namespace usher
