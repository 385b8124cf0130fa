// The same by an O_PATH descriptor, which nobody judged when it was opened.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/escapes/escape.h"
#include "tests/escapes/metadata.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

const std::vector<const char*> kCalls = {"fchownat",    "utimensat",     "proc-chmod",       "proc-chown",
                                         "proc-utimes", "proc-setxattr", "proc-removexattr", "dev-fd"};

void Prepare(Outside& outside) { MakeTools(outside, kCalls); }

int Attack(const World& world) {
  const auto pinned = [&](const char* call) { return Pin(Tool(world, call)); };
  const auto name = [&](const char* call) { return NameOfDescriptor(pinned(call)); };
  const timespec nano[] = {{kTimeAfter, 0}, {kTimeAfter, 0}};
  [[maybe_unused]] int ignored = fchownat(pinned("fchownat"), "", getuid(), getgid(), AT_EMPTY_PATH);
  utimensat(pinned("utimensat"), "", nano, AT_EMPTY_PATH);
  chmod(name("proc-chmod").c_str(), 0777);
  ignored = chown(name("proc-chown").c_str(), getuid(), getgid());
  utimensat(AT_FDCWD, name("proc-utimes").c_str(), nano, 0);
  setxattr(name("proc-setxattr").c_str(), kXattr, "new", 3, 0);
  removexattr(name("proc-removexattr").c_str(), kXattr);
  chmod(("/dev/fd/" + std::to_string(pinned("dev-fd"))).c_str(), 0777);
  return 0;
}

bool Escaped(Outside& outside) { return ToolsChanged(outside, kCalls); }

int Twin(const World& world) {
  struct stat status {};
  if (!Spill("mine", "text") || chmod(NameOfDescriptor(Pin(world.work() + "/mine")).c_str(), 0741) < 0) return 1;
  return stat("mine", &status) == 0 && (status.st_mode & 0777) == 0741 ? 0 : 2;
}

USHER_ESCAPE({.name = "c_metadata_by_pin",
              .row = "C: chmod, utime, setxattr, chown",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
