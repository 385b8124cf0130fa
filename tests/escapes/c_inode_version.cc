// What ext4 keeps of a file, changed by its owner through a descriptor that may only be read. The generation has two
// numbers: the one that all file systems share, and the one of kind 'f' that ext4 had before.

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

constexpr unsigned long kOlderSetVersion = _IOW('f', 4, long);  // EXT4_IOC_SETVERSION

std::string Older(const World& world) { return world.home() + "/.local/lib/older"; }
std::string Newer(const World& world) { return world.home() + "/.local/lib/newer"; }
std::string Wide(const World& world) { return world.home() + "/.local/lib/wide"; }

void Prepare(Outside& outside) {
  for (const auto name : {&Older, &Newer, &Wide}) outside.Write(name(outside.world()), "text");
}

int Version(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  int version = 0;
  if (ioctl(file, FS_IOC_GETVERSION, &version) < 0) version = -1;
  close(file);
  return version;
}

int Attack(const World& world) {
  const int older = open(Older(world).c_str(), O_RDONLY | O_CLOEXEC);
  const int newer = open(Newer(world).c_str(), O_RDONLY | O_CLOEXEC);
  const int wide = open(Wide(world).c_str(), O_RDONLY | O_CLOEXEC);
  int version = 4711;
  ioctl(older, kOlderSetVersion, &version);
  syscall(SYS_ioctl, wide, 0x100000000ul | kOlderSetVersion, &version);
  if (ioctl(newer, FS_IOC_SETVERSION, &version) < 0 && errno == ENOTTY) {
    std::puts("the file system keeps no generation that can be set");
    return kCannotTry;
  }
  return 0;
}

bool Escaped(Outside& outside) {
  return Version(Older(outside.world())) == 4711 || Version(Newer(outside.world())) == 4711 ||
         Version(Wide(outside.world())) == 4711;
}

// lsattr -v, by both numbers.
int Twin(const World& world) {
  const int file = open(Older(world).c_str(), O_RDONLY | O_CLOEXEC);
  int one = 0, other = 0;
  if (ioctl(file, FS_IOC_GETVERSION, &one) < 0) return errno == ENOTTY ? 0 : 1;
  return ioctl(file, _IOR('f', 3, long), &other) == 0 ? one != other : errno != ENOTTY;
}

USHER_ESCAPE({.name = "c_inode_version",
              .row = "C: chmod, utime, setxattr, chown",
              .prepare = &Prepare,
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
