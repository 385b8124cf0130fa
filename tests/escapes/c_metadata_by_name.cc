// Mode, owner, times and attributes of files that may only be read, by name: Landlock knows none of these calls.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/metadata.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

const std::vector<const char*> kCalls = {"chmod",     "fchmodat",    "chown",       "lchown",   "fchownat",
                                         "utime",     "utimes",      "utimensat",   "setxattr",
#if defined(SYS_futimesat)
                                         "futimesat",
#endif
                                         "lsetxattr", "removexattr", "lremovexattr"};

void Prepare(Outside& outside) { MakeTools(outside, kCalls); }

int Attack(const World& world) {
  const auto at = [&](const char* call) { return Tool(world, call); };
  const int directory = Pin(world.home() + "/.local/lib/tool");
  const timeval micro[] = {{kTimeAfter, 0}, {kTimeAfter, 0}};
  const timespec nano[] = {{kTimeAfter, 0}, {kTimeAfter, 0}};
  const utimbuf seconds{kTimeAfter, kTimeAfter};
  chmod(at("chmod").c_str(), 0777);
  fchmodat(directory, "fchmodat", 0777, 0);
  [[maybe_unused]] int ignored = chown(at("chown").c_str(), getuid(), getgid());
  ignored = lchown(at("lchown").c_str(), getuid(), getgid());
  ignored = fchownat(directory, "fchownat", getuid(), getgid(), 0);
  utime(at("utime").c_str(), &seconds);
  utimes(at("utimes").c_str(), micro);
#if defined(SYS_futimesat)
  syscall(SYS_futimesat, directory, "futimesat", micro);
#endif
  utimensat(directory, "utimensat", nano, 0);
  setxattr(at("setxattr").c_str(), kXattr, "new", 3, 0);
  lsetxattr(at("lsetxattr").c_str(), kXattr, "new", 3, 0);
  removexattr(at("removexattr").c_str(), kXattr);
  lremovexattr(at("lremovexattr").c_str(), kXattr);
  return 0;
}

bool Escaped(Outside& outside) { return ToolsChanged(outside, kCalls); }

int Twin(const World&) {
  const timespec nano[] = {{kTimeAfter, 0}, {kTimeAfter, 0}};
  struct stat status {};
  if (!Spill("mine", "text") || chmod("mine", 0741) < 0 || utimensat(AT_FDCWD, "mine", nano, 0) < 0) return 1;
  if (stat("mine", &status) < 0 || (status.st_mode & 0777) != 0741 || status.st_mtime != kTimeAfter) return 2;
  return chown("mine", getuid(), getgid()) == 0 && Marked(setxattr("mine", kXattr, "new", 3, 0)) ? 0 : 3;
}

USHER_ESCAPE({.name = "c_metadata_by_name",
              .row = "C: chmod, utime, setxattr, chown",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
