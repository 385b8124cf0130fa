// What a file is like, and how an attack shows that it changed it: no contents are written by these calls.

#ifndef USHER_TESTS_ESCAPES_METADATA_H_
#define USHER_TESTS_ESCAPES_METADATA_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <string>
#include <vector>

#include "tests/escapes/evidence.h"

namespace usher::escapes {

inline constexpr mode_t kModeBefore = 04755;  // a change of owner takes the set-id bit away, whoever the owner is
inline constexpr time_t kTimeBefore = 1'000'000'000, kTimeAfter = 1'111'111'111;
inline constexpr const char* kXattr = "user.mark";

// A file of the person's that may be read (a toolchain in the home), one for each call.
inline std::string Tool(const World& world, const std::string& call) { return world.home() + "/.local/lib/tool/" + call; }

inline void MakeTools(Outside& outside, const std::vector<const char*>& calls) {
  for (const std::string call : calls) {
    const std::string path = Tool(outside.world(), call);
    outside.Write(path, "text");
    chmod(path.c_str(), kModeBefore);
    setxattr(path.c_str(), kXattr, "old", 3, 0);
    const timespec times[] = {{kTimeBefore, 0}, {kTimeBefore, 0}};
    utimensat(AT_FDCWD, path.c_str(), times, 0);
  }
}

inline bool ToolsChanged(const Outside& outside, const std::vector<const char*>& calls) {
  std::vector<Try> tries;
  for (const char* call : calls) {
    const std::string path = Tool(outside.world(), call);
    struct stat status {};
    char value[16] = {};
    const bool same = stat(path.c_str(), &status) == 0 && (status.st_mode & 07777) == kModeBefore &&
                      status.st_mtime == kTimeBefore && status.st_uid == outside.user() &&
                      getxattr(path.c_str(), kXattr, value, sizeof(value)) == 3 && std::string(value) == "old";
    tries.push_back({call, !same});
  }
  return Worked(outside, tries);
}

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_METADATA_H_
