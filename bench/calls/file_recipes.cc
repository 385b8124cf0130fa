// Opening, names, and what files are like.

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/calls/recipe.h"

namespace usher::bench {
namespace {

// The *at forms, which every architecture has, for what is not timed.
bool MakeFile(const std::string& path) {
  const long fd = syscall(SYS_openat, AT_FDCWD, path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (fd >= 0) close(static_cast<int>(fd));
  return fd >= 0;
}
void Unlink(const std::string& path) { syscall(SYS_unlinkat, AT_FDCWD, path.c_str(), 0); }
void RemoveDirectory(const std::string& path) { syscall(SYS_unlinkat, AT_FDCWD, path.c_str(), AT_REMOVEDIR); }

bool WithFile(Bench& b) { return MakeFile(b.a); }
bool WithOpenFile(Bench& b) {
  b.fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, b.a.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644));
  return b.fd >= 0;
}
bool WithAttribute(Bench& b) { return WithOpenFile(b) && syscall(SYS_fsetxattr, b.fd, "user.bench", "v", 1, 0) == 0; }
bool WithWatch(Bench& b) {
  b.fd = inotify_init1(IN_CLOEXEC);
  return b.fd >= 0 && MakeFile(b.a);
}
void GiveFile(Bench& b) { MakeFile(b.a); }
void GiveDirectory(Bench& b) { syscall(SYS_mkdirat, AT_FDCWD, b.a.c_str(), 0755); }
void GiveAttribute(Bench& b) { syscall(SYS_fsetxattr, b.fd, "user.bench", "v", 1, 0); }
void CloseResult(Bench& b) { close(static_cast<int>(b.result)); }
void UnlinkA(Bench& b) { Unlink(b.a); }
void UnlinkB(Bench& b) { Unlink(b.b); }
void RemoveA(Bench& b) { RemoveDirectory(b.a); }

const char* From(const Bench& b) { return b.turn % 2 == 0 ? b.a.c_str() : b.b.c_str(); }
const char* To(const Bench& b) { return b.turn % 2 == 0 ? b.b.c_str() : b.a.c_str(); }

// Such a file is on every host, and below the floor.
bool WithSystemFile(Bench& b) {
  b.a = "/usr/lib/os-release";
  return access(b.a.c_str(), R_OK) == 0;
}
// As the patched C library opens: once more without the mark when the kernel may not.
long Open(Bench& b) {
  const long fd = syscall(b.nr, b.a.c_str(), O_RDONLY | O_CLOEXEC, b.mark);
  return fd < 0 && errno == EACCES && b.mark != 0 ? syscall(b.nr, b.a.c_str(), O_RDONLY | O_CLOEXEC, 0) : fd;
}
long OpenAt(Bench& b) {
  const long fd = syscall(b.nr, AT_FDCWD, b.a.c_str(), O_RDONLY | O_CLOEXEC, b.mark);
  return fd < 0 && errno == EACCES && b.mark != 0 ? syscall(b.nr, AT_FDCWD, b.a.c_str(), O_RDONLY | O_CLOEXEC, 0) : fd;
}

constexpr timespec kTimes[2] = {{1000000000, 0}, {1000000000, 0}};

constexpr Recipe kRecipes[] = {
    {.name = "open", .prepare = WithFile, .call = Open, .after = CloseResult},
    {.name = "open (system)", .prepare = WithSystemFile, .call = Open, .after = CloseResult},
    {.name = "openat", .prepare = WithFile, .call = OpenAt, .after = CloseResult},
    {.name = "openat (system)", .prepare = WithSystemFile, .call = OpenAt, .after = CloseResult},
    {.name = "creat", .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), 0644); }, .after = CloseResult},
    {.name = "mkdir", .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), 0755); }, .after = RemoveA},
    {.name = "mkdirat", .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), 0755); }, .after = RemoveA},
    {.name = "mknod", .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), S_IFIFO | 0644, 0); }, .after = UnlinkA},
    {.name = "mknodat",
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), S_IFIFO | 0644, 0); },
     .after = UnlinkA},
    {.name = "unlink", .before = GiveFile, .call = [](Bench& b) { return syscall(b.nr, b.a.c_str()); }},
    {.name = "unlinkat", .before = GiveFile, .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), 0); }},
    {.name = "rmdir", .before = GiveDirectory, .call = [](Bench& b) { return syscall(b.nr, b.a.c_str()); }},
    {.name = "rename", .prepare = WithFile, .call = [](Bench& b) { return syscall(b.nr, From(b), To(b)); }},
    {.name = "renameat",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, From(b), AT_FDCWD, To(b)); }},
    {.name = "renameat2",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, From(b), AT_FDCWD, To(b), 0); }},
    {.name = "link",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), b.b.c_str()); },
     .after = UnlinkB},
    {.name = "linkat",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), AT_FDCWD, b.b.c_str(), 0); },
     .after = UnlinkB},
    {.name = "symlink", .call = [](Bench& b) { return syscall(b.nr, "target", b.b.c_str()); }, .after = UnlinkB},
    {.name = "symlinkat",
     .call = [](Bench& b) { return syscall(b.nr, "target", AT_FDCWD, b.b.c_str()); },
     .after = UnlinkB},

    {.name = "chmod", .prepare = WithFile, .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), 0644); }},
    {.name = "fchmodat",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), 0644); }},
    {.name = "fchmodat2",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), 0644, 0); }},
    {.name = "fchmod", .prepare = WithOpenFile, .call = [](Bench& b) { return syscall(b.nr, b.fd, 0644); }},
    {.name = "chown",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), getuid(), getgid()); },
     .remark = "with getuid and getgid"},
    {.name = "lchown",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), getuid(), getgid()); },
     .remark = "with getuid and getgid"},
    {.name = "fchownat",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), getuid(), getgid(), 0); },
     .remark = "with getuid and getgid"},
    {.name = "fchown",
     .prepare = WithOpenFile,
     .call = [](Bench& b) { return syscall(b.nr, b.fd, getuid(), getgid()); },
     .remark = "with getuid and getgid"},
    {.name = "utime", .prepare = WithFile, .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), nullptr); }},
    {.name = "utimes", .prepare = WithFile, .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), nullptr); }},
    {.name = "futimesat",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), nullptr); }},
    {.name = "utimensat",
     .prepare = WithFile,
     .call = [](Bench& b) { return syscall(b.nr, AT_FDCWD, b.a.c_str(), kTimes, 0); }},
    {.name = "setxattr",
     .prepare = WithAttribute,
     .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), "user.bench", "v", 1, 0); }},
    {.name = "lsetxattr",
     .prepare = WithAttribute,
     .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), "user.bench", "v", 1, 0); }},
    {.name = "fsetxattr",
     .prepare = WithAttribute,
     .call = [](Bench& b) { return syscall(b.nr, b.fd, "user.bench", "v", 1, 0); }},
    {.name = "removexattr",
     .prepare = WithAttribute,
     .before = GiveAttribute,
     .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), "user.bench"); }},
    {.name = "lremovexattr",
     .prepare = WithAttribute,
     .before = GiveAttribute,
     .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), "user.bench"); }},
    {.name = "fremovexattr",
     .prepare = WithAttribute,
     .before = GiveAttribute,
     .call = [](Bench& b) { return syscall(b.nr, b.fd, "user.bench"); }},
    {.name = "truncate", .prepare = WithFile, .call = [](Bench& b) { return syscall(b.nr, b.a.c_str(), 0L); }},
    {.name = "inotify_add_watch",
     .prepare = WithWatch,
     .call = [](Bench& b) { return syscall(b.nr, b.fd, b.a.c_str(), IN_MODIFY); }},

    // These stay in the kernel.
    {.name = "newfstatat",
     .prepare = WithFile,
     .call =
         [](Bench& b) {
           struct stat out;
           return syscall(b.nr, AT_FDCWD, b.a.c_str(), &out, 0);
         }},
    {.name = "read",
     .prepare = WithOpenFile,
     .call =
         [](Bench& b) {
           char byte;
           return syscall(b.nr, b.fd, &byte, 1);
         }},
};

}  // namespace

std::span<const Recipe> FileRecipes() { return kRecipes; }

}  // namespace usher::bench
