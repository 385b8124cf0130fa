// A device node in the workspace is another name of the disk. The sandbox may not make one, but whoever acts for it
// might.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>

#include "tests/escapes/escape.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Attack(const World&) {
  mknod("disk", S_IFBLK | 0666, makedev(7, 0));
  mknodat(AT_FDCWD, "null", S_IFCHR | 0666, makedev(1, 3));
  struct stat status {};
  if (stat("null", &status) == 0) return 0;
  std::puts("needs CAP_MKNOD");
  return kCannotTry;
}

bool Escaped(Outside& outside) {
  const std::string work = outside.world().work();
  return outside.Exists(work + "/disk") || outside.Exists(work + "/null");
}

int Twin(const World&) {
  return mknod("pipe", S_IFIFO | 0600, 0) == 0 && mknod("file", S_IFREG | 0600, 0) == 0 ? 0 : 1;
}

USHER_ESCAPE({.name = "c_device_node",
              .row = "C: create, write, truncate, unlink, rename, mknod, mkdir, symlink, bind",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
