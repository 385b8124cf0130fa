// What a file is like, and how an attack shows that it changed it: no contents are written by these calls.

#ifndef USHER_TESTS_ESCAPES_METADATA_H_
#define USHER_TESTS_ESCAPES_METADATA_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "tests/escapes/evidence.h"

namespace usher::escapes {

inline constexpr mode_t kModeBefore = 04755;  // a change of owner takes the set-id bit away, whoever the owner is
inline constexpr time_t kTimeBefore = 1'000'000'000, kTimeAfter = 1'111'111'111;
inline constexpr const char* kXattr = "user.mark";

// A file of the person's that may be read (a toolchain in the home), one for each call.
inline std::string Tool(const World& world, const std::string& call) {
  return world.home() + "/.local/lib/tool/" + call;
}

// A file system may know no attributes of this kind (tmpfs before Linux 6.6): then no call can leave one behind.
inline constexpr const char* kMarks = "MARKS";

inline void MakeTools(Outside& outside, const std::vector<const char*>& calls) {
  outside.Tell(kMarks, "old");
  for (const std::string call : calls) {
    const std::string path = Tool(outside.world(), call);
    outside.Write(path, "text");
    chmod(path.c_str(), kModeBefore);
    if (setxattr(path.c_str(), kXattr, "old", 3, 0) < 0 && errno == ENOTSUP) outside.Tell(kMarks, "");
    const timespec times[] = {{kTimeBefore, 0}, {kTimeBefore, 0}};
    utimensat(AT_FDCWD, path.c_str(), times, 0);
  }
}

inline bool ToolsChanged(const Outside& outside, const std::vector<const char*>& calls) {
  const std::string mark = outside.Told(kMarks);
  std::vector<Try> tries;
  for (const char* call : calls) {
    if (mark.empty() && outside.alone() && std::strstr(call, "xattr") != nullptr) {
      std::printf("  %s: not tried, this file system has no such attributes\n", call);
      continue;
    }
    const std::string path = Tool(outside.world(), call);
    struct stat status {};
    char value[16] = {};
    const ssize_t length = getxattr(path.c_str(), kXattr, value, sizeof(value));
    const bool same = stat(path.c_str(), &status) == 0 && (status.st_mode & 07777) == kModeBefore &&
                      status.st_mtime == kTimeBefore && status.st_uid == outside.user() &&
                      std::string(value, length < 0 ? 0 : static_cast<size_t>(length)) == mark;
    tries.push_back({call, !same});
  }
  return Worked(outside, tries);
}

// Inside, for twins: the person's own file takes an attribute, wherever files can have one.
inline bool Marked(int result) { return result == 0 || (errno == ENOTSUP && Told(kMarks).empty()); }

}  // namespace usher::escapes

#endif  // USHER_TESTS_ESCAPES_METADATA_H_
