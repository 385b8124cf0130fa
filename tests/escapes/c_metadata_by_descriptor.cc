// The same by a descriptor that was opened for reading: the kernel asks who owns the file, not how it was opened.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "tests/escapes/escape.h"
#include "tests/escapes/metadata.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

const std::vector<const char*> kCalls = {"fchmod",    "fchown",   "futimens",   "fsetxattr",   "fremovexattr",
                                         "fchmodat2", "fchownat", "proc-chmod", "proc-utimes", "proc-setxattr"};

void Prepare(Outside& outside) { MakeTools(outside, kCalls); }

int Attack(const World& world) {
  const auto opened = [&](const char* call) { return open(Tool(world, call).c_str(), O_RDONLY | O_CLOEXEC); };
  const timespec nano[] = {{kTimeAfter, 0}, {kTimeAfter, 0}};
  fchmod(opened("fchmod"), 0777);
  [[maybe_unused]] int ignored = fchown(opened("fchown"), getuid(), getgid());
  futimens(opened("futimens"), nano);
  fsetxattr(opened("fsetxattr"), kXattr, "new", 3, 0);
  fremovexattr(opened("fremovexattr"), kXattr);
  if (syscall(452 /* fchmodat2, Linux 6.6 */, opened("fchmodat2"), "", 0777, AT_EMPTY_PATH) < 0 && errno == ENOSYS) {
    fchmod(opened("fchmodat2"), 0777);
  }
  ignored = fchownat(opened("fchownat"), "", getuid(), getgid(), AT_EMPTY_PATH);
  chmod(NameOfDescriptor(opened("proc-chmod")).c_str(), 0777);
  utimensat(AT_FDCWD, NameOfDescriptor(opened("proc-utimes")).c_str(), nano, 0);
  setxattr(NameOfDescriptor(opened("proc-setxattr")).c_str(), kXattr, "new", 3, 0);
  return 0;
}

bool Escaped(Outside& outside) { return ToolsChanged(outside, kCalls); }

int Twin(const World&) {
  struct stat status {};
  const int mine = open("mine", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fchmod(mine, 0741) < 0 || fstat(mine, &status) < 0 || (status.st_mode & 0777) != 0741) return 1;
  return Marked(fsetxattr(mine, kXattr, "new", 3, 0)) && fchown(mine, getuid(), getgid()) == 0 ? 0 : 2;
}

USHER_ESCAPE({.name = "c_metadata_by_descriptor",
              .row = "C: chmod, utime, setxattr, chown",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
