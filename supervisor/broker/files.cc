#include "supervisor/broker/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

bool RemovesDirectory(const Call& call) { return call.row->name == "rmdir" || (call.at_flags & AT_REMOVEDIR) != 0; }

CallResult FromReturn(int64_t result) {
  if (result < 0) return Failed{errno};
  return Done{result, {}};
}

// File systems that answer from this machine. Others (NFS, FUSE, …) may take for ever: theirs is a worker.
bool IsLocal(int fd) {
  struct statfs info;
  if (fstatfs(fd, &info) < 0) return false;
  switch (static_cast<uint32_t>(info.f_type)) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case SQUASHFS_MAGIC:
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case 0x2fc12fc1:  // ZFS, which <linux/magic.h> does not know
      return true;
    default: return false;
  }
}

// Asked once per file system: its device number stays its own while it is mounted, and a number that is used again is at
// worst that of a slow one, which costs a wait and no verdict.
bool AnswersAtOnce(int fd, uint64_t device) {
  static auto& known = *new absl::flat_hash_map<uint64_t, bool>();
  const auto [it, fresh] = known.try_emplace(device, false);
  if (fresh) it->second = IsLocal(fd);
  return it->second;
}

// Flags of open(2) that the broker carries over; O_CLOEXEC is the tracee's affair (ADDFD), O_NOCTTY always ours.
int CarriedFlags(uint32_t flags) {
  constexpr uint32_t kHandled = O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  return static_cast<int>(flags & ~kHandled) | O_NOCTTY | O_CLOEXEC;
}

CallResult OpenedFrom(int fd, const Call& call) {
  if (fd < 0) return Failed{errno};
  return Opened{UniqueFd(fd), (call.open_flags & O_CLOEXEC) != 0};
}

Enactment OpenExisting(const Call& call, Resolved object) {
  const int flags = CarriedFlags(call.open_flags);
  if (S_ISLNK(object.status.st_mode)) return CallResult(Failed{ELOOP});  // O_NOFOLLOW met a link
  if ((call.open_flags & O_CREAT) != 0 && S_ISDIR(object.status.st_mode)) return CallResult(Failed{EISDIR});
  const bool cuts = (flags & O_TRUNC) != 0 && object.status.st_size >= kLargeFile;
  const bool plain = (S_ISREG(object.status.st_mode) && !cuts) || S_ISDIR(object.status.st_mode);
  if (plain && AnswersAtOnce(object.object.get(), object.status.st_dev)) {
    // O_NONBLOCK on a regular file only says what to do about a lease (fcntl(2), F_SETLEASE). A file's owner can take one, and
    // root, who has none on files of the system.
    static const uid_t ours = geteuid();
    const int without_wait = object.status.st_uid == 0 && ours != 0 ? 0 : O_NONBLOCK;
    const int fd = open(DescriptorName(object.object.get()).c_str(), flags | without_wait);
    if (fd >= 0 || errno != EWOULDBLOCK || (call.open_flags & O_NONBLOCK) != 0) {
      // The flag goes again when the tracee did not ask for it; F_SETFL looks at no others than those carried over.
      if (fd >= 0 && (without_wait & ~call.open_flags) != 0) fcntl(fd, F_SETFL, flags);
      return OpenedFrom(fd, call);
    }
  }
  if (S_ISCHR(object.status.st_mode) || (call.open_flags & O_NONBLOCK) != 0) {
    return OpenedFrom(open(DescriptorName(object.object.get()).c_str(), flags), call);
  }
  // FIFOs, leases, slow file systems. std::function wants to be copied, a descriptor does not: hence the shared_ptr.
  auto held = std::make_shared<UniqueFd>(std::move(object.object));
  return BlockingCall([held, flags, call]() { return OpenedFrom(open(DescriptorName(held->get()).c_str(), flags), call); });
}

int ParentOf(const Resolved& name) { return name.parent.get(); }

// A file's own name for calls that take no descriptor.
DescriptorName NameFor(const Resolved& object) { return DescriptorName(object.object.get()); }

bool IsLink(const Resolved& object) { return S_ISLNK(object.status.st_mode); }

}  // namespace

Enactment EnactOpen(const Call& call, Target& target) {
  Resolved& object = target.names[0];
  if ((call.open_flags & O_TMPFILE) == O_TMPFILE) {
    return OpenedFrom(open(NameFor(object).c_str(), CarriedFlags(call.open_flags), call.mode), call);
  }
  if (object.exists()) {
    if ((call.open_flags & O_CREAT) != 0 && (call.open_flags & O_EXCL) != 0) return CallResult(Failed{EEXIST});
    return OpenExisting(call, std::move(object));
  }
  const int flags = CarriedFlags(call.open_flags) | O_CREAT | O_EXCL | O_NOFOLLOW;
  const int fd = openat(ParentOf(object), object.leaf.c_str(), flags, call.mode);
  if (fd < 0 && errno == EEXIST && (call.open_flags & O_EXCL) == 0) return CallResult(Failed{kResolveAgain});
  return OpenedFrom(fd, call);
}

CallResult EnactMakeDirectory(const Call& call, const Target& target) {
  const Resolved& name = target.names[0];
  return FromReturn(mkdirat(ParentOf(name), name.leaf.c_str(), call.mode));
}

CallResult EnactMakeNode(const Call& call, const Target& target) {
  const Resolved& name = target.names[0];
  // Device nodes need a capability that nobody in here has; the kernel says so.
  return FromReturn(mknodat(ParentOf(name), name.leaf.c_str(), call.mode, call.device));
}

int FailsAnyway(const Call& call, const Target& target) {
  if (call.row->allow_by != AllowBy::kRemove || !RemovesDirectory(call) || !target.names[0].is_directory()) return 0;
  if (!IsLocal(target.names[0].object.get())) return 0;  // who knows when it answers
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(NameFor(target.names[0]).c_str()), &closedir);
  if (entries == nullptr) return 0;
  while (const dirent* entry = readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return ENOTEMPTY;
  }
  return 0;
}

CallResult EnactRemove(const Call& call, const Target& target) {
  const Resolved& name = target.names[0];
  const bool directory = RemovesDirectory(call);
  if ((call.at_flags & ~static_cast<uint32_t>(AT_REMOVEDIR)) != 0) return Failed{EINVAL};
  return FromReturn(unlinkat(ParentOf(name), name.leaf.c_str(), directory ? AT_REMOVEDIR : 0));
}

CallResult EnactRename(const Call& call, const Target& target) {
  const Resolved& from = target.names[0];
  const Resolved& to = target.names[1];
  const auto rename_with = [&](uint32_t flags) {
    return syscall(SYS_renameat2, ParentOf(from), from.leaf.c_str(), ParentOf(to), to.leaf.c_str(), flags);
  };
  // Judged as a new name: nothing that came there since is replaced. Not every file system can say so (EINVAL).
  if (!to.exists() && call.rename_flags == 0) {
    if (rename_with(RENAME_NOREPLACE) == 0) return Done{0, {}};
    if (errno == EEXIST) return Failed{kResolveAgain};
    if (errno != EINVAL) return Failed{errno};
  }
  return FromReturn(rename_with(call.rename_flags));
}

CallResult EnactLink(const Call& call, const Target& target) {
  if ((call.at_flags & ~static_cast<uint32_t>(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) return Failed{EINVAL};
  const Resolved& from = target.names[0];
  const Resolved& to = target.names[1];
  return FromReturn(linkat(AT_FDCWD, NameFor(from).c_str(), ParentOf(to), to.leaf.c_str(), AT_SYMLINK_FOLLOW));
}

CallResult EnactSymbolicLink(const Call& call, const Target& target) {
  const Resolved& name = target.names[0];
  return FromReturn(symlinkat(call.text.c_str(), ParentOf(name), name.leaf.c_str()));
}

CallResult EnactChangeMode(const Call& call, const Target& target) {
  const Resolved& object = target.names[0];
  if (IsLink(object)) return Failed{EOPNOTSUPP};  // a link has no mode on Linux
  return FromReturn(chmod(NameFor(object).c_str(), call.mode & 07777));
}

CallResult EnactChangeOwner(const Call& call, const Target& target) {
  return FromReturn(fchownat(target.names[0].object.get(), "", call.owner, call.group, AT_EMPTY_PATH));
}

CallResult EnactSetTimes(const Call& call, const Target& target) {
  const Resolved& object = target.names[0];
  const timespec* times = call.times ? call.times->data() : nullptr;
  if (!IsLink(object)) return FromReturn(utimensat(AT_FDCWD, NameFor(object).c_str(), times, 0));
  // A link cannot be reached through /proc/self/fd; AT_EMPTY_PATH works for it since Linux 5.8.
  return FromReturn(utimensat(object.object.get(), "", times, AT_EMPTY_PATH));
}

CallResult EnactSetXattr(const Call& call, const Target& target) {
  const Resolved& object = target.names[0];
  if (IsLink(object)) return Failed{EPERM};  // user attributes do not exist on links, others need capabilities
  return FromReturn(setxattr(NameFor(object).c_str(), call.xattr_name.c_str(), call.xattr_value.data(),
                             call.xattr_value.size(), call.xattr_flags));
}

CallResult EnactRemoveXattr(const Call& call, const Target& target) {
  const Resolved& object = target.names[0];
  if (IsLink(object)) return Failed{EPERM};
  return FromReturn(removexattr(NameFor(object).c_str(), call.xattr_name.c_str()));
}

// Whoever makes a file longer than its RLIMIT_FSIZE gets an errno and a signal: the caller's limit, not ours.
CallResult CheckFileSize(const Call& call, const Resolved& object) {
  if (call.length <= object.status.st_size) return Done{};
  const auto limit = FileSizeLimitOf(call.tid);
  if (!limit.ok()) return FailedWith(limit.status());
  if (static_cast<uint64_t>(call.length) <= *limit) return Done{};
  if (const auto process = ThreadGroupOf(call.tid); process.ok()) (void)SignalThread(*process, call.tid, SIGXFSZ);
  return Failed{EFBIG};
}

Enactment EnactTruncate(const Call& call, Target& target) {
  Resolved& object = target.names[0];
  if (CallResult allowed = CheckFileSize(call, object); std::holds_alternative<Failed>(allowed)) return allowed;
  if (!S_ISREG(object.status.st_mode)) return FromReturn(truncate(NameFor(object).c_str(), call.length));
  // truncate(2) would wait for a lease; an open with O_NONBLOCK says that there is one (fcntl(2), F_SETLEASE).
  if (AnswersAtOnce(object.object.get(), object.status.st_dev)) {
    const UniqueFd file(open(NameFor(object).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (file) return FromReturn(ftruncate(file.get(), call.length));
    if (errno != EWOULDBLOCK) return CallResult(Failed{errno});
  }
  auto held = std::make_shared<UniqueFd>(std::move(object.object));
  return BlockingCall([held, length = call.length]() { return FromReturn(truncate(DescriptorName(held->get()).c_str(), length)); });
}

CallResult EnactWatch(const Call& call, const Target& target) {
  return FromReturn(inotify_add_watch(target.watcher.get(), NameFor(target.names[0]).c_str(),
                                      call.watch_mask & ~static_cast<uint32_t>(IN_DONT_FOLLOW)));
}

}  // namespace usher
