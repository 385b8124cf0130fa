// Every call that makes a name, in the home. Each is a call of its own, and one that is forgotten is enough.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>

#include "tests/escapes/escape.h"
#include "tests/escapes/evidence.h"
#include "tests/escapes/naming.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

constexpr const char* kNames[] = {"creat",    "open",      "excl",      "mkdir", "mkdirat",  "mknod",
                                  "mknodat",  "symlink",   "symlinkat", "link",  "linkat",   "rename",
                                  "renameat", "renameat2", "tmpfile",   "bind",  "path-less"};

int Attack(const World& world) {
  const auto out = [&](const char* name) { return world.home() + "/made-by-" + name; };
  const int home = Pin(world.home());
  (void)creat(out("creat").c_str(), 0644);
  (void)open(out("open").c_str(), O_RDONLY | O_CREAT, 0644);
  (void)openat(home, "made-by-excl", O_WRONLY | O_CREAT | O_EXCL, 0644);
  mkdir(out("mkdir").c_str(), 0755);
  mkdirat(home, "made-by-mkdirat", 0755);
  mknod(out("mknod").c_str(), S_IFREG | 0644, 0);
  mknodat(home, "made-by-mknodat", S_IFIFO | 0644, 0);
  symlink("/etc/passwd", out("symlink").c_str());
  symlinkat("/etc/passwd", home, "made-by-symlinkat");
  for (const char* mine : {"a", "b", "c", "d", "e"}) Spill(mine, "text");
  link("a", out("link").c_str());
  linkat(AT_FDCWD, "a", home, "made-by-linkat", 0);
  rename("b", out("rename").c_str());
  renameat(AT_FDCWD, "c", home, "made-by-renameat");
  syscall(SYS_renameat2, AT_FDCWD, "d", home, "made-by-renameat2", RENAME_NOREPLACE);
  const int unnamed = open(world.home().c_str(), O_TMPFILE | O_RDWR, 0644);
  linkat(AT_FDCWD, NameOfDescriptor(unnamed).c_str(), home, "made-by-tmpfile", AT_SYMLINK_FOLLOW);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  out("bind").copy(name.sun_path, sizeof(name.sun_path) - 1);
  (void)bind(socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&name), sizeof(name));
  if (chdir(world.home().c_str()) == 0) mkdir("made-by-path-less", 0755);
  return 0;
}

bool Escaped(Outside& outside) {
  std::vector<Try> tries;
  for (const char* name : kNames) tries.push_back({name, outside.Exists(outside.world().home() + "/made-by-" + name)});
  return Worked(outside, tries);
}

// The same at home in the workspace; and the mask of the caller is that of what is made for him.
int Twin(const World&) {
  umask(077);
  const int file = open("private", O_WRONLY | O_CREAT, 0666);
  struct stat status {};
  if (file < 0 || fstat(file, &status) < 0 || (status.st_mode & 0777) != 0600) return 1;
  if (mkdir("room", 0777) < 0 || stat("room", &status) < 0 || (status.st_mode & 0777) != 0700) return 2;
  if (mknod("pipe", S_IFIFO | 0666, 0) < 0 || stat("pipe", &status) < 0 || (status.st_mode & 0777) != 0600) return 3;
  return symlink("private", "link") == 0 && rename("private", "moved") == 0 ? 0 : 4;
}

USHER_ESCAPE({.name = "c_make_outside",
              .row = "C: create, write, truncate, unlink, rename, mknod, mkdir, symlink, bind",
              .attack = &Attack,
              .escaped = &Escaped,
              .twin = &Twin});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
