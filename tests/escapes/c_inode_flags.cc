// chattr: flags of a file, set by ioctl through a descriptor that was opened for reading. ioctl is a call of thousands.

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

std::string Tool(const World& world) { return world.home() + "/.local/lib/tool"; }

void Prepare(Outside& outside) { outside.Write(Tool(outside.world()), "text"); }

bool HasFlag(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  int flags = 0;
  ioctl(file, FS_IOC_GETFLAGS, &flags);
  close(file);
  return (flags & FS_NODUMP_FL) != 0;
}

int Attack(const World& world) {
  const int file = open(Tool(world).c_str(), O_RDONLY | O_CLOEXEC);
  int flags = 0;
  if (ioctl(file, FS_IOC_GETFLAGS, &flags) < 0) {
    std::puts("the file system has no flags");
    return kCannotTry;
  }
  flags |= FS_NODUMP_FL;
  ioctl(file, FS_IOC_SETFLAGS, &flags);
  // Half a register: the kernel takes the low 32 bits of a request.
  syscall(SYS_ioctl, file, 0x100000000ul | FS_IOC_SETFLAGS, &flags);
  fsxattr attributes{};
  ioctl(file, FS_IOC_FSGETXATTR, &attributes);
  attributes.fsx_xflags |= FS_XFLAG_NODUMP;
  ioctl(file, FS_IOC_FSSETXATTR, &attributes);
  return 0;
}

bool Escaped(Outside& outside) { return HasFlag(Tool(outside.world())); }

int Twin(const World& world) {
  int flags = 0;
  return ioctl(open(Tool(world).c_str(), O_RDONLY), FS_IOC_GETFLAGS, &flags) == 0 || errno == ENOTTY ? 0 : 1;
}

USHER_ESCAPE({.name = "c_inode_flags",
              .row = "C: chmod, utime, setxattr, chown",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
