#include "supervisor/tracee/resolver.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cerrno>
#include <climits>
#include <deque>
#include <utility>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/mounts.h"
#include "supervisor/kernel/path.h"
#include "supervisor/kernel/process.h"

namespace usher {
namespace {

constexpr int kMaxLinks = 40;  // MAXSYMLINKS of the kernel
// Of a name with all its links, where we walk it ourselves: each costs a few calls, and nobody else is served meanwhile.
constexpr int kMaxComponents = 512;

bool EndsWithSlash(std::string_view text) { return !text.empty() && text.back() == '/'; }

// Whether walking this name could meet something that means the caller: only the walk by hand gets those right.
bool NamesTheCaller(std::string_view text) {
  return text.rfind("/proc", 0) == 0 || text.rfind("/dev/fd", 0) == 0 || text.rfind("/dev/std", 0) == 0;
}

absl::StatusOr<bool> OnProc(int fd) {
  struct statfs info;
  if (fstatfs(fd, &info) < 0) return ErrnoStatus("fstatfs");
  return info.f_type == PROC_SUPER_MAGIC;
}

// Whether an object lies on a proc that is not /proc (in a root directory that somebody builds, say). Names there mean
// processes too, and "self" means whoever looks, which would be us. A disk is none: its device has a number of its own.
absl::StatusOr<bool> OnOtherProc(int fd, const struct stat& status, std::string_view path) {
  if (major(status.st_dev) != 0 || path == "/proc" || path.starts_with("/proc/")) return false;
  return OnProc(fd);
}

// "/proc/4711/fd" -> 4711; 0 for everything else.
int32_t ProcPidOf(std::string_view path) {
  if (path.rfind("/proc/", 0) != 0) return 0;
  path.remove_prefix(6);
  int32_t pid = 0;
  if (!ParseNumber(path.substr(0, path.find('/')), &pid)) return 0;
  return pid;
}

void AddProcPid(std::string_view path, std::vector<int32_t>& pids) {
  if (const int32_t pid = ProcPidOf(path); pid != 0) pids.push_back(pid);
}

// The number of a descriptor, from its link "/proc/4711/fd/3" or "/proc/4711/task/4712/fd/3"; -1 for other links.
int32_t DescriptorOf(std::string_view directory, std::string_view link) {
  constexpr std::string_view kFd = "/fd";
  int32_t fd = -1;
  if (directory.size() < kFd.size() || directory.substr(directory.size() - kFd.size()) != kFd) return -1;
  return ParseNumber(link, &fd) ? fd : -1;
}

constexpr std::string_view kDeleted = " (deleted)";
bool NamedDeleted(std::string_view path) {
  return path.size() >= kDeleted.size() && path.substr(path.size() - kDeleted.size()) == kDeleted;
}

}  // namespace

SplitName SplitLeaf(std::string_view name) {
  size_t end = name.size();
  while (end > 0 && name[end - 1] == '/') --end;
  if (end == 0) return {"/", "."};  // "/" itself: nothing can be made of it, and the kernel will say so
  const size_t slash = name.rfind('/', end - 1);
  std::string leaf(name.substr(slash == name.npos ? 0 : slash + 1, end - (slash == name.npos ? 0 : slash + 1)));
  if (end < name.size()) leaf += '/';
  if (slash == name.npos) return {".", std::move(leaf)};
  size_t parent_end = slash;
  while (parent_end > 0 && name[parent_end - 1] == '/') --parent_end;
  return {parent_end == 0 ? "/" : std::string(name.substr(0, parent_end)), std::move(leaf)};
}

absl::StatusOr<int32_t> Resolver::ThreadGroup() const { return ThreadGroupOf(tid_); }

absl::StatusOr<UniqueFd> Resolver::Base(const NameArgument& name) const {
  if (!name.text.empty() && name.text.front() == '/') return UniqueFd();  // the base of an absolute name is not looked at
  const std::string place =
      name.dirfd == AT_FDCWD ? Concat("/proc/", tid_, "/cwd") : Concat("/proc/", tid_, "/fd/", name.dirfd);
  UniqueFd base(open(place.c_str(), O_PATH | O_CLOEXEC));
  if (!base) return ErrnoStatus(place, errno == ENOENT && name.dirfd != AT_FDCWD ? EBADF : errno);
  if (!name.text.empty() && !OnMountOfOurs(base.get())) {
    USHER_ASSIGN_OR_RETURN(const struct stat status, StatOf(base.get()));
    return ErrnoStatus("a directory of other mounts", S_ISDIR(status.st_mode) ? EACCES : ENOTDIR);
  }
  return base;
}

absl::StatusOr<Resolved> Resolver::Finish(UniqueFd object, bool borrowed, Slot slot) const {
  Resolved resolved;
  USHER_ASSIGN_OR_RETURN(resolved.status, StatOf(object.get()));
  USHER_ASSIGN_OR_RETURN(resolved.path, NameOf(object.get()));
  if (resolved.path.empty() || resolved.path.front() != '/') {
    resolved.nameless = resolved.path.rfind("(unreachable)", 0) != 0;
    if (!resolved.nameless) return ErrnoStatus("a name outside the root directory", EACCES);
  } else if (NamedDeleted(resolved.path)) {
    // Unlinked, or really called so. With no link left nobody else can reach it; with a link elsewhere we cannot tell
    // which name to judge.
    if (resolved.status.st_nlink == 0) {
      resolved.nameless = true;
    } else {
      struct stat again;
      if (stat(resolved.path.c_str(), &again) < 0 || again.st_ino != resolved.status.st_ino ||
          again.st_dev != resolved.status.st_dev) {
        return ErrnoStatus("a file whose name is gone", EACCES);
      }
    }
  }
  if (resolved.nameless) {
    if (slot.fd >= 0) USHER_RETURN_IF_ERROR(CheckOpen(slot, resolved.status));
  } else if (borrowed && !OnMountOfOurs(object.get())) {
    return ErrnoStatus("a name of other mounts", EACCES);
  }
  if (!resolved.nameless) {
    USHER_ASSIGN_OR_RETURN(const bool other_proc, OnOtherProc(object.get(), resolved.status, resolved.path));
    if (other_proc) return ErrnoStatus("a second mount of proc", EACCES);
  }
  AddProcPid(resolved.path, resolved.proc_pids);
  resolved.object = std::move(object);
  return resolved;
}

// Anybody may get an O_PATH descriptor of anything of this user's, also of what lost its name since or never had one:
// another program's pipe, a file that was replaced. There is nothing to judge then, so it takes one who really has it
// open.
absl::Status Resolver::CheckOpen(Slot slot, const struct stat& object) const {
  USHER_ASSIGN_OR_RETURN(const int32_t process, ThreadGroupOf(slot.pid));
  USHER_ASSIGN_OR_RETURN(const UniqueFd held, descriptors_ != nullptr ? descriptors_->DuplicateOf(process, slot.fd)
                                                                      : CallersDescriptors(tid_).DuplicateOf(process, slot.fd));
  USHER_ASSIGN_OR_RETURN(const struct stat status, StatOf(held.get()));
  const int flags = fcntl(held.get(), F_GETFL);
  const bool same = status.st_dev == object.st_dev && status.st_ino == object.st_ino;
  if (flags < 0 || (flags & O_PATH) != 0 || !same) return ErrnoStatus("a file without a name that is not open", EACCES);
  return absl::OkStatus();
}

absl::StatusOr<Resolved> Resolver::Descriptor(int32_t fd) const {
  const std::string place = Concat("/proc/", tid_, "/fd/", fd);
  UniqueFd object(open(place.c_str(), O_PATH | O_CLOEXEC));
  if (!object) return ErrnoStatus(place, errno == ENOENT || fd < 0 ? EBADF : errno);
  return Finish(std::move(object), /*borrowed=*/true, {tid_, fd});
}

absl::StatusOr<Resolved> Resolver::Object(const NameArgument& name, bool follow) const {
  if (name.text.empty()) {
    if (!name.empty_is_dirfd) return ErrnoStatus("empty name", ENOENT);
    USHER_ASSIGN_OR_RETURN(UniqueFd base, Base(name));
    return Finish(std::move(base), /*borrowed=*/true, {tid_, name.dirfd});
  }
  if (!NamesTheCaller(name.text)) {
    USHER_ASSIGN_OR_RETURN(const UniqueFd base, Base(name));
    // One walk by the kernel. Magic links stop it (ELOOP), and so does a result in /proc, where a link may have led.
    const int from = base ? base.get() : AT_FDCWD;
    const uint64_t flags = O_PATH | static_cast<uint64_t>(follow ? 0 : O_NOFOLLOW);
    auto object = OpenAt2(from, name.text.c_str(), flags, 0, RESOLVE_NO_MAGICLINKS);
    if (object.ok()) {
      USHER_ASSIGN_OR_RETURN(Resolved resolved, Finish(*std::move(object), /*borrowed=*/false, {}));
      if (resolved.path.rfind("/proc", 0) != 0) return resolved;
      USHER_ASSIGN_OR_RETURN(const bool proc, OnProc(resolved.object.get()));
      if (!proc) return resolved;
    } else if (ErrnoOf(object.status()) != ELOOP) {
      // Something is not there. But a link on the way may have led through /proc/self, which was ours in that walk.
      const auto without_links = OpenAt2(from, name.text.c_str(), flags, 0, RESOLVE_NO_SYMLINKS);
      if (ErrnoOf(without_links.status()) != ELOOP) return object.status();
    }
  }
  return WalkByHand(name, follow, /*leaf_may_be_missing=*/false);
}

// A bare name lies in the directory that the walk starts from. Whether the caller may enter it is seen when the name is
// looked up in it.
absl::StatusOr<Resolved> Resolver::Parent(const NameArgument& parent) const {
  if (parent.text == ".") {
    USHER_ASSIGN_OR_RETURN(UniqueFd base, Base(parent));
    USHER_ASSIGN_OR_RETURN(Resolved resolved, Finish(std::move(base), /*borrowed=*/false, {}));
    if (resolved.path.rfind("/proc", 0) != 0) return resolved;
  }
  return Object(parent, /*follow=*/true);
}

absl::StatusOr<Resolved> Resolver::NewName(const NameArgument& name) const {
  if (name.text.empty()) return ErrnoStatus("empty name", ENOENT);
  SplitName split = SplitLeaf(name.text);
  NameArgument parent_name = name;
  parent_name.text = split.parent;
  USHER_ASSIGN_OR_RETURN(Resolved parent, Parent(parent_name));
  if (!parent.is_directory()) return ErrnoStatus(name.text, ENOTDIR);
  if (parent.nameless) return ErrnoStatus(name.text, ENOENT);  // a directory that was removed

  std::string_view leaf = split.leaf;
  if (EndsWithSlash(leaf)) leaf.remove_suffix(1);
  Resolved resolved;
  resolved.path = parent.path == "/" ? Concat("/", leaf) : Concat(parent.path, "/", leaf);
  if (leaf == "." || leaf == "..") {
    // No call makes or removes these; the kernel has the right errno for each.
    resolved.path = parent.path;
  } else if (auto object = OpenAt2(parent.object.get(), std::string(leaf).c_str(), O_PATH | O_NOFOLLOW, 0,
                                   RESOLVE_NO_MAGICLINKS);
             object.ok()) {
    USHER_ASSIGN_OR_RETURN(resolved.status, StatOf(object->get()));
    resolved.object = *std::move(object);
  } else if (ErrnoOf(object.status()) != ENOENT) {
    return object.status();
  }
  resolved.proc_pids = std::move(parent.proc_pids);
  AddProcPid(resolved.path, resolved.proc_pids);
  resolved.parent = std::move(parent.object);
  resolved.leaf = std::move(split.leaf);
  return resolved;
}

absl::StatusOr<Resolved> Resolver::ObjectOrNewName(const NameArgument& name, bool follow) const {
  // Mostly it is not there yet: so its directory first, and the name in it.
  const std::string_view leaf = BaseName(name.text);
  if (!leaf.empty() && leaf != "." && leaf != "..") {
    USHER_ASSIGN_OR_RETURN(Resolved fresh, NewName(name));
    if (!fresh.exists()) return fresh;
    if (!S_ISLNK(fresh.status.st_mode)) {
      USHER_ASSIGN_OR_RETURN(Resolved there, Finish(std::move(fresh.object), /*borrowed=*/false, {}));
      there.proc_pids.insert(there.proc_pids.end(), fresh.proc_pids.begin(), fresh.proc_pids.end());
      return there;
    }
  }
  auto object = Object(name, follow);
  if (object.ok() || ErrnoOf(object.status()) != ENOENT || name.text.empty()) return object;
  if (EndsWithSlash(name.text)) return ErrnoStatus(name.text, EISDIR);
  return WalkByHand(name, follow, /*leaf_may_be_missing=*/true);  // a dangling link: made where it points to
}

// One component after the other, as the kernel does it, with the caller put in where /proc means the reader.
struct Resolver::Walk {
  UniqueFd at;
  std::deque<std::string> left;
  bool must_be_directory = false;
  int links = 0, components = 0;
  std::vector<int32_t> through;  // processes whose magic links were followed
  bool borrowed = false;
  Slot slot;  // of the last magic link, if that was a descriptor's

  void Push(std::string_view text) {
    const std::vector<std::string_view> parts = SplitSkipEmpty(text, '/');
    left.insert(left.begin(), parts.begin(), parts.end());
  }
};

absl::StatusOr<Resolved> Resolver::WalkByHand(const NameArgument& name, bool follow, bool leaf_may_be_missing) const {
  Walk walk;
  USHER_ASSIGN_OR_RETURN(walk.at, Base(name));
  const auto from_root = [&]() -> absl::Status {
    walk.at.reset(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    return walk.at ? absl::OkStatus() : ErrnoStatus("open(/)");
  };
  if (!walk.at) USHER_RETURN_IF_ERROR(from_root());
  walk.Push(name.text);
  walk.must_be_directory = EndsWithSlash(name.text);

  while (!walk.left.empty()) {
    const std::string part = std::move(walk.left.front());
    walk.left.pop_front();
    if (++walk.components > kMaxComponents) return ErrnoStatus("a name that is too long to walk", ELOOP);
    const bool last = walk.left.empty();
    if (part == ".") continue;
    USHER_ASSIGN_OR_RETURN(const bool proc, OnProc(walk.at.get()));

    // The caller's own directory in place of ours.
    if (proc && (part == "self" || part == "thread-self")) {
      USHER_ASSIGN_OR_RETURN(const std::string here, NameOf(walk.at.get()));
      if (here == "/proc" && (!last || follow || walk.must_be_directory)) {
        USHER_ASSIGN_OR_RETURN(const int32_t group, ThreadGroup());
        walk.Push(part == "self" ? Concat(group) : Concat(group, "/task/", tid_));
        continue;
      }
    }
    auto next = OpenAt2(walk.at.get(), part.c_str(), O_PATH | O_NOFOLLOW, 0, 0);
    if (!next.ok()) {
      if (ErrnoOf(next.status()) == ENOENT && last && leaf_may_be_missing && !walk.must_be_directory) {
        Resolved fresh;
        USHER_ASSIGN_OR_RETURN(const std::string here, NameOf(walk.at.get()));
        fresh.path = here == "/" ? Concat("/", part) : Concat(here, "/", part);
        fresh.proc_pids = std::move(walk.through);
        AddProcPid(fresh.path, fresh.proc_pids);
        fresh.parent = std::move(walk.at);
        fresh.leaf = part;
        return fresh;
      }
      return next.status();
    }
    USHER_ASSIGN_OR_RETURN(const struct stat status, StatOf(next->get()));
    if (!S_ISLNK(status.st_mode) || (last && !follow && !walk.must_be_directory)) {
      walk.at = *std::move(next);
      continue;
    }
    if (++walk.links > kMaxLinks) return ErrnoStatus(name.text, ELOOP);
    if (proc) {
      // A magic link leads to an object, not to a name: the kernel follows it. Whose link it was is judged too, for what
      // lies behind may bear a name of another mount namespace.
      const auto plain = OpenAt2(walk.at.get(), part.c_str(), O_PATH, 0, RESOLVE_NO_MAGICLINKS);
      const int error = ErrnoOf(plain.status());
      if (error != 0 && error != ELOOP && error != ENOENT) return plain.status();  // which kind it is, nobody has said
      if (error == ELOOP) {
        USHER_ASSIGN_OR_RETURN(const std::string here, NameOf(walk.at.get()));
        USHER_ASSIGN_OR_RETURN(UniqueFd object, OpenAt2(walk.at.get(), part.c_str(), O_PATH, 0, 0));
        if (!last && !OnMountOfOurs(object.get())) return ErrnoStatus("a directory of other mounts", EACCES);
        AddProcPid(here, walk.through);
        walk.slot = {ProcPidOf(here), DescriptorOf(here, part)};
        walk.borrowed = true;
        walk.at = std::move(object);
        continue;
      }
    }
    char target[PATH_MAX + 1];
    const ssize_t length = readlinkat(next->get(), "", target, sizeof(target) - 1);
    if (length < 0) return ErrnoStatus("readlinkat");
    const std::string_view text(target, static_cast<size_t>(length));
    if (text.empty()) return ErrnoStatus(name.text, ENOENT);
    if (text.front() == '/') USHER_RETURN_IF_ERROR(from_root());
    if (last && EndsWithSlash(text)) walk.must_be_directory = true;
    walk.Push(text);
  }
  USHER_ASSIGN_OR_RETURN(Resolved resolved, Finish(std::move(walk.at), walk.borrowed, walk.slot));
  if (walk.must_be_directory && !resolved.is_directory()) return ErrnoStatus(name.text, ENOTDIR);
  resolved.proc_pids.insert(resolved.proc_pids.end(), walk.through.begin(), walk.through.end());
  return resolved;
}

}  // namespace usher
