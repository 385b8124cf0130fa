#include "supervisor/confine/private_temp.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

constexpr int kDeepest = 64;  // one descriptor is open a level

// Opens a directory to be emptied, never a link, whatever its mode was.
UniqueFd OpenUp(int parent, const char* name) {
  const UniqueFd pinned(openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!pinned) return UniqueFd();
  chmod(DescriptorName(pinned.get()).c_str(), 0700);
  return UniqueFd(openat(pinned.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// Empties a tree by descriptor, so that no link planted in it leads the removal elsewhere. What lies too deep is moved
// to the top and emptied from there.
class TreeRemover {
 public:
  explicit TreeRemover(int top) : top_(top) {}

  void Run() {
    do {
      moved_ = false;
      Empty(UniqueFd(openat(top_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), 0);
    } while (moved_);
  }

 private:
  void Empty(UniqueFd directory, int depth) {
    DIR* entries = directory ? fdopendir(directory.get()) : nullptr;
    if (entries == nullptr) return;
    const int at = directory.release();  // closed with `entries`
    while (const dirent* entry = readdir(entries)) {
      const char* name = entry->d_name;
      if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0 || unlinkat(at, name, 0) == 0) continue;
      UniqueFd inner = OpenUp(at, name);
      if (depth < kDeepest) {
        Empty(std::move(inner), depth + 1);
      } else if (MoveUp(at, name)) {
        continue;
      }
      unlinkat(at, name, AT_REMOVEDIR);
    }
    closedir(entries);
  }

  bool MoveUp(int parent, const char* name) {
    for (int attempt = 0; attempt < 1000; ++attempt) {  // a name may be taken already
      if (renameat(parent, name, top_, Concat("moved-", next_++).c_str()) < 0) continue;
      moved_ = true;
      return true;
    }
    return false;
  }

  int top_;
  uint64_t next_ = 0;
  bool moved_ = false;
};

}  // namespace

std::string NamePrivateTemp() {
  const char* wanted = std::getenv("TMPDIR");
  std::string base = wanted != nullptr && wanted[0] == '/' ? wanted : "/tmp";
  char real[PATH_MAX];
  if (realpath(base.c_str(), real) != nullptr) base = real;
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";  // 32 of them
  std::array<unsigned char, 12> random{};
  (void)getentropy(random.data(), random.size());
  std::string name = base == "/" ? "/usher-" : Concat(base, "/usher-");
  for (const unsigned char byte : random) name += kLetters[byte % kLetters.size()];
  return name;
}

int MakePrivateTemp(const std::string& path) {
  if (mkdir(path.c_str(), 0700) < 0) return errno;
  return chmod(path.c_str(), 0700) < 0 ? errno : 0;  // whatever the umask is
}

void RemovePrivateTemp(const std::string& path) {
  if (path.empty() || rmdir(path.c_str()) == 0) return;
  if (const UniqueFd top = OpenUp(AT_FDCWD, path.c_str())) TreeRemover(top.get()).Run();
  rmdir(path.c_str());
}

}  // namespace usher
