#include "tests/supervisor/faults/fault_seam.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "policies/text.h"

namespace usher {
namespace {

std::atomic<bool> g_armed = false;
std::mutex g_mutex;  // guards what follows
Walk g_walk;
int g_nth = 0, g_error = 0;

// Counts a call; true, with errno set, when it is the one that fails.
bool Fails(std::string_view name) {
  if (!g_armed) return false;
  const std::lock_guard lock(g_mutex);
  g_walk.calls.emplace_back(name);
  if (static_cast<int>(g_walk.calls.size()) != g_nth) return false;
  g_walk.failed = name;
  errno = g_error;
  return true;
}

void NoteReply(std::string reply) {
  if (!g_armed) return;
  const std::lock_guard lock(g_mutex);
  g_walk.replies.push_back(std::move(reply));
}

std::string NameOfSyscall(long nr) {
  switch (nr) {
    case SYS_openat2:
      return "openat2";
    case SYS_renameat2:
      return "renameat2";
    case SYS_tgkill:
      return "tgkill";
    case SYS_pidfd_open:
      return "pidfd_open";
    case SYS_pidfd_getfd:
      return "pidfd_getfd";
    case SYS_pidfd_send_signal:
      return "pidfd_send_signal";
    default:
      return Concat("syscall ", nr);
  }
}

// "open(/proc/N/stat)": what /proc is asked tells the places apart where calls are made.
std::string Of(std::string_view call, std::string_view path) {
  if (!path.starts_with("/proc/")) return std::string(call);
  std::string plain;
  for (const char c : path) {
    if (c < '0' || c > '9')
      plain += c;
    else if (!plain.ends_with('N'))
      plain += 'N';
  }
  return Concat(call, "(", plain, ")");
}

std::string NameOfIoctl(unsigned long request) {
  switch (request) {
    case SECCOMP_IOCTL_NOTIF_RECV:
      return "NOTIF_RECV";
    case SECCOMP_IOCTL_NOTIF_SEND:
      return "NOTIF_SEND";
    case SECCOMP_IOCTL_NOTIF_ID_VALID:
      return "NOTIF_ID_VALID";
    case SECCOMP_IOCTL_NOTIF_ADDFD:
      return "NOTIF_ADDFD";
    default:
      return "ioctl";
  }
}

std::string NameOfReply(const seccomp_notif_resp& response) {
  if ((response.flags & SECCOMP_USER_NOTIF_FLAG_CONTINUE) != 0) return "continue";
  return response.error != 0 ? Concat("errno ", -response.error) : Concat("value ", response.val);
}

}  // namespace

void ArmFault(int nth, int error) {
  const std::lock_guard lock(g_mutex);
  g_walk = {};
  g_nth = nth;
  g_error = error;
  g_armed = true;
}

Walk DisarmFault() {
  const std::lock_guard lock(g_mutex);
  g_armed = false;
  return std::exchange(g_walk, {});
}

}  // namespace usher

// The names that the linker makes of --wrap are reserved ones.
// NOLINTBEGIN(bugprone-reserved-identifier)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-declarations"

#define USHER_SEAM_NAMED(result, name, label, parameters, arguments) \
  extern "C" result __real_##name parameters;                        \
  extern "C" result __wrap_##name parameters {                       \
    if (usher::Fails(label)) return static_cast<result>(-1);         \
    return __real_##name arguments;                                  \
  }
#define USHER_SEAM(result, name, parameters, arguments) USHER_SEAM_NAMED(result, name, #name, parameters, arguments)

USHER_SEAM(int, bind, (int fd, const sockaddr* to, socklen_t size), (fd, to, size))
USHER_SEAM(int, chmod, (const char* path, mode_t mode), (path, mode))
USHER_SEAM(int, dirfd, (DIR * directory), (directory))
USHER_SEAM(int, connect, (int fd, const sockaddr* to, socklen_t size), (fd, to, size))
USHER_SEAM(int, epoll_ctl, (int epoll, int what, int fd, epoll_event* event), (epoll, what, fd, event))
USHER_SEAM(int, faccessat, (int at, const char* path, int mode, int flags), (at, path, mode, flags))
USHER_SEAM(int, fchmod, (int fd, mode_t mode), (fd, mode))
USHER_SEAM(int, fchownat, (int at, const char* path, uid_t owner, gid_t group, int flags),
           (at, path, owner, group, flags))
USHER_SEAM(int, fstat, (int fd, struct stat* status), (fd, status))
USHER_SEAM(int, fstatat, (int at, const char* path, struct stat* status, int flags), (at, path, status, flags))
USHER_SEAM(int, fstatfs, (int fd, struct statfs* info), (fd, info))
USHER_SEAM(int, ftruncate, (int fd, off_t size), (fd, size))
USHER_SEAM(int, getpeername, (int fd, sockaddr* name, socklen_t* size), (fd, name, size))
USHER_SEAM(ssize_t, getrandom, (void* buffer, size_t size, unsigned flags), (buffer, size, flags))
USHER_SEAM(int, getsockname, (int fd, sockaddr* name, socklen_t* size), (fd, name, size))
USHER_SEAM(int, getsockopt, (int fd, int level, int name, void* value, socklen_t* size), (fd, level, name, value, size))
USHER_SEAM(int, inotify_add_watch, (int fd, const char* path, uint32_t mask), (fd, path, mask))
USHER_SEAM(int, kill, (pid_t pid, int signal), (pid, signal))
USHER_SEAM(int, linkat, (int from_at, const char* from, int to_at, const char* to, int flags),
           (from_at, from, to_at, to, flags))
USHER_SEAM(int, listen, (int fd, int backlog), (fd, backlog))
USHER_SEAM(int, setsockopt, (int fd, int level, int name, const void* value, socklen_t size),
           (fd, level, name, value, size))
USHER_SEAM(int, memfd_create, (const char* name, unsigned flags), (name, flags))
USHER_SEAM(int, munmap, (void* at, size_t size), (at, size))
USHER_SEAM(int, poll, (pollfd * fds, nfds_t count, int timeout), (fds, count, timeout))
USHER_SEAM(int, mkdirat, (int at, const char* path, mode_t mode), (at, path, mode))
USHER_SEAM(int, mknodat, (int at, const char* path, mode_t mode, dev_t device), (at, path, mode, device))
USHER_SEAM(ssize_t, pread, (int fd, void* buffer, size_t size, off_t at), (fd, buffer, size, at))
USHER_SEAM(ssize_t, pwrite, (int fd, const void* buffer, size_t size, off_t at), (fd, buffer, size, at))
USHER_SEAM(int, prlimit, (pid_t pid, __rlimit_resource what, const rlimit* fresh, rlimit* old), (pid, what, fresh, old))
USHER_SEAM(ssize_t, process_vm_readv,
           (pid_t pid, const iovec* to, unsigned long tos, const iovec* from, unsigned long froms, unsigned long flags),
           (pid, to, tos, from, froms, flags))
USHER_SEAM(ssize_t, process_vm_writev,
           (pid_t pid, const iovec* from, unsigned long froms, const iovec* to, unsigned long tos, unsigned long flags),
           (pid, from, froms, to, tos, flags))
USHER_SEAM_NAMED(ssize_t, readlink, usher::Of("readlink", path), (const char* path, char* buffer, size_t size),
                 (path, buffer, size))
USHER_SEAM(ssize_t, readlinkat, (int at, const char* path, char* buffer, size_t size), (at, path, buffer, size))
USHER_SEAM(ssize_t, recv, (int fd, void* buffer, size_t size, int flags), (fd, buffer, size, flags))
USHER_SEAM(int, removexattr, (const char* path, const char* name), (path, name))
USHER_SEAM(ssize_t, send, (int fd, const void* data, size_t size, int flags), (fd, data, size, flags))
USHER_SEAM(ssize_t, sendfile, (int to, int from, off_t* offset, size_t size), (to, from, offset, size))
USHER_SEAM(ssize_t, sendmsg, (int fd, const msghdr* message, int flags), (fd, message, flags))
USHER_SEAM(int, setxattr, (const char* path, const char* name, const void* value, size_t size, int flags),
           (path, name, value, size, flags))
USHER_SEAM(int, socket, (int family, int type, int protocol), (family, type, protocol))
USHER_SEAM_NAMED(int, stat, usher::Of("stat", path), (const char* path, struct stat* status), (path, status))
USHER_SEAM(int, statx, (int at, const char* path, int flags, unsigned mask, struct statx* status),
           (at, path, flags, mask, status))
USHER_SEAM(int, symlinkat, (const char* text, int at, const char* path), (text, at, path))
USHER_SEAM(int, truncate, (const char* path, off_t size), (path, size))
USHER_SEAM(int, unlinkat, (int at, const char* path, int flags), (at, path, flags))
USHER_SEAM(int, utimensat, (int at, const char* path, const timespec* times, int flags), (at, path, times, flags))

// What a descriptor is open for, in the kernel's words; nothing while nobody counts.
namespace {

std::string NameOfDescriptor(int fd) {
  if (!usher::g_armed) return "";
  std::array<char, 256> name{};
  const ssize_t length = __real_readlink(usher::Concat("/proc/self/fd/", fd).c_str(), name.data(), name.size());
  return {name.data(), static_cast<size_t>(length < 0 ? 0 : length)};
}

// A worker wakes the loop by an eventfd, whose reads and writes fail with EAGAIN alone: those are none of the calls to
// fail.
constexpr std::string_view kEventFd = "anon_inode:[eventfd]";

}  // namespace

extern "C" ssize_t __real_read(int fd, void* buffer, size_t size);
extern "C" ssize_t __wrap_read(int fd, void* buffer, size_t size) {
  const std::string name = NameOfDescriptor(fd);
  if (name != kEventFd && usher::Fails(usher::Of("read", name))) return -1;
  return __real_read(fd, buffer, size);
}
extern "C" ssize_t __real_write(int fd, const void* data, size_t size);
extern "C" ssize_t __wrap_write(int fd, const void* data, size_t size) {
  if (NameOfDescriptor(fd) != kEventFd && usher::Fails("write")) return -1;
  return __real_write(fd, data, size);
}

extern "C" DIR* __real_opendir(const char* path);
extern "C" DIR* __wrap_opendir(const char* path) { return usher::Fails("opendir") ? nullptr : __real_opendir(path); }
extern "C" DIR* __real_fdopendir(int fd);
extern "C" DIR* __wrap_fdopendir(int fd) { return usher::Fails("fdopendir") ? nullptr : __real_fdopendir(fd); }
extern "C" dirent* __real_readdir(DIR* directory);
extern "C" dirent* __wrap_readdir(DIR* directory) {
  return usher::Fails("readdir") ? nullptr : __real_readdir(directory);
}

extern "C" void* __real_mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset);
extern "C" void* __wrap_mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  return usher::Fails("mmap") ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}

// Variadic ones, with as many arguments as the kernel takes.
namespace {

template <size_t N>
std::array<long, N> Take(va_list list) {
  std::array<long, N> values;
  for (long& value : values) value = va_arg(list, long);
  return values;
}

}  // namespace

extern "C" int __real_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...) {
  if (usher::Fails(usher::Of("open", path))) return -1;
  va_list list;
  va_start(list, flags);
  const auto rest = Take<1>(list);
  va_end(list);
  return __real_open(path, flags, static_cast<mode_t>(rest[0]));
}
extern "C" int __real_openat(int at, const char* path, int flags, ...);
extern "C" int __wrap_openat(int at, const char* path, int flags, ...) {
  if (usher::Fails("openat")) return -1;
  va_list list;
  va_start(list, flags);
  const auto rest = Take<1>(list);
  va_end(list);
  return __real_openat(at, path, flags, static_cast<mode_t>(rest[0]));
}
extern "C" int __real_fcntl(int fd, int command, ...);
extern "C" int __wrap_fcntl(int fd, int command, ...) {
  if (usher::Fails("fcntl")) return -1;
  va_list list;
  va_start(list, command);
  const auto rest = Take<1>(list);
  va_end(list);
  return __real_fcntl(fd, command, rest[0]);
}
extern "C" long __real_syscall(long nr, ...);
extern "C" long __wrap_syscall(long nr, ...) {
  if (usher::Fails(usher::NameOfSyscall(nr))) return -1;
  va_list list;
  va_start(list, nr);
  const auto rest = Take<6>(list);
  va_end(list);
  return __real_syscall(nr, rest[0], rest[1], rest[2], rest[3], rest[4], rest[5]);
}
// PTRACE_DETACH fails only for what is no stopped tracee any more, which is what its caller then takes it for.
extern "C" long __real_ptrace(__ptrace_request request, ...);
extern "C" long __wrap_ptrace(__ptrace_request request, ...) {
  if (request != PTRACE_DETACH && usher::Fails("ptrace")) return -1;
  va_list list;
  va_start(list, request);
  const auto rest = Take<3>(list);
  va_end(list);
  return __real_ptrace(request, static_cast<pid_t>(rest[0]), rest[1], rest[2]);
}
extern "C" int __real_ioctl(int fd, unsigned long request, ...);
extern "C" int __wrap_ioctl(int fd, unsigned long request, ...) {
  if (usher::Fails(usher::NameOfIoctl(request))) return -1;
  va_list list;
  va_start(list, request);
  const auto rest = Take<1>(list);
  va_end(list);
  const int rc = __real_ioctl(fd, request, rest[0]);
  const int error = errno;
  if (request == SECCOMP_IOCTL_NOTIF_SEND && rc == 0) {
    usher::NoteReply(usher::NameOfReply(*reinterpret_cast<const seccomp_notif_resp*>(rest[0])));
  }
  if (request == SECCOMP_IOCTL_NOTIF_ADDFD && rc >= 0) {
    const auto* add = reinterpret_cast<const seccomp_notif_addfd*>(rest[0]);
    if ((add->flags & SECCOMP_ADDFD_FLAG_SEND) != 0) usher::NoteReply("descriptor");
  }
  errno = error;
  return rc;
}

// std::thread::_M_start_thread: what it throws when the kernel has no thread to give.
using StartedState = std::unique_ptr<std::thread::_State>;
extern "C" void __real__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(
    std::thread*, StartedState, void (*)());
extern "C" void __wrap__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(
    std::thread* self, StartedState state, void (*depend)()) {
  if (usher::Fails("thread")) throw std::system_error(EAGAIN, std::generic_category());
  __real__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(self, std::move(state),
                                                                                               depend);
}

#pragma GCC diagnostic pop
// NOLINTEND(bugprone-reserved-identifier)
