// Every call that the supervisor makes for a held call is made to fail in turn. Whatever fails, what is refused stays
// refused, and what is allowed happens as it should or ends in an errno: never another answer, never none.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/text.h"
#include "supervisor/broker/broker.h"
#include "supervisor/exec_guard.h"
#include "supervisor/kernel/remote_memory.h"
#include "supervisor/syscalls/row.h"
#include "supervisor/tracee/dns_message.h"
#include "tests/supervisor/faults/stage.h"

namespace usher {
namespace {

using ::testing::IsEmpty;

constexpr uint64_t kHere = static_cast<uint64_t>(AT_FDCWD);
constexpr int kErrors[] = {EIO, ENOMEM, EPERM, EINTR};
constexpr int kMostCalls = 300;  // of one walk: the longest look at every process of the machine

// ---- what may go otherwise, and why ----

struct Exception {
  std::string_view call;
  std::string_view why;
};

// Calls whose failure changes nothing that the caller sees.
constexpr Exception kNeedless[] = {
    {"NOTIF_RECV", "the call is still there at the next look"},
    {"openat", "pins the socket file that was bound, to know it again: unknown, it is not the sandbox's own"},
    {"statx", "when that file was born, likewise"},
    {"fcntl", "takes O_NONBLOCK away again; the descriptor, or the connected socket, keeps it"},
    {"openat2", "the walk by hand does without"},
    {"poll", "the table of mounts is read once more"},
    {"tgkill", "whether a thread leads its group: otherwise its status says to which it belongs"},
    {"ptrace", "without a stop at the exec, what runs is looked at when it makes its next call"},
    {"epoll_ctl", "stops watching what is closed right after"},
    {"pidfd_send_signal", "whether a process that was described is still the same: otherwise /proc says it"},
    // The log says less about who it was.
    {"open(/proc/N/stat)", "describes the caller"},
    {"read(/proc/N/stat)", "describes the caller"},
    {"open(/proc/N/status)", "describes the caller"},
    {"read(/proc/N/status)", "describes the caller"},
    {"open(/proc/N/cmdline)", "describes the caller"},
    {"read(/proc/N/cmdline)", "describes the caller"},
    {"readlink(/proc/N/cwd)", "describes the caller"},
    {"readlink(/proc/N/exe)", "describes the caller"},
    // What the sandbox made is not remembered as its own: the next use of it is judged as anybody's.
    {"fstat", "remembers what was made"},
    {"fstatat", "remembers a bound socket"},
    {"getsockname", "remembers a bound socket"},
    // A port that is not known to be one's own is judged as anybody's. Whatever the list by sock_diag fails with, the
    // text in /proc/net says the same.
    {"open(/proc/net/tcp)", "looks for the owner of a port"},
    {"open(/proc/net/tcpN)", "looks for the owner of a port"},
    {"read(/proc/N/net/tcp)", "looks for the owner of a port"},
    {"read(/proc/N/net/tcpN)", "looks for the owner of a port"},
    // A name that Usher does not look up itself stays unknown: the address alone is judged.
    {"getrandom", "looks a name up"},
    {"socket", "looks a name up, or for the owner of a port"},
    {"connect", "looks a name up"},
    {"send", "looks a name up, or for the owner of a port"},
    {"recv", "looks a name up, or for the owner of a port"},
};

// Calls that are made again when a signal interrupts them.
constexpr std::string_view kMadeAgain[] = {"NOTIF_ID_VALID", "NOTIF_ADDFD", "NOTIF_SEND", "write", "read", "sendfile"};

// Calls that fail after the deed: the caller gets an errno for what has happened all the same.
constexpr Exception kTooLate[] = {
    {"write", "no line in the log, no success"},
    {"process_vm_writev", "what the kernel would have written for the caller"},
    {"open(/proc/N/mem)", "the same, by a descriptor of the memory"},
    {"pwrite", "the same"},
    {"NOTIF_ADDFD", "the answer itself"},
    {"NOTIF_SEND", "the answer itself"},
    {"NOTIF_ID_VALID", "before anything is written to the caller: its memory could be another's by now"},
    {"epoll_ctl", "waits for the end of a connect"},
    {"getsockopt", "asks for the end of a connect"},
};

// Calls that end a sendmmsg early, as they would the kernel's own: what went before is told.
constexpr Exception kPartly[] = {
    {"process_vm_readv", "a later message cannot be read"},
    {"sendmsg", "a later message cannot be sent"},
};

bool IsNamed(std::span<const Exception> exceptions, std::string_view call) {
  return std::any_of(exceptions.begin(), exceptions.end(), [&](const Exception& e) { return e.call == call; });
}

bool IsMadeAgain(std::string_view call, int error) {
  const std::string_view name = call.substr(0, call.find('('));  // of whatever place in /proc
  return error == EINTR && std::find(std::begin(kMadeAgain), std::end(kMadeAgain), name) != std::end(kMadeAgain);
}

// ---- the calls ----

// One run of a case: what it has open in the child, and what the test holds against it.
struct Scene {
  Stage& stage;
  int64_t fd = -1, other_fd = -1;  // the child's
  UniqueFd ours;                   // the test's
  uint16_t port = 0;

  std::string Path(std::string_view name) const { return stage.Path(name); }
};

struct Case {
  std::string_view name;
  AllowBy by;
  std::function<void(Scene&)> prepare;
  std::function<Order(Scene&)> call;
  std::function<bool(Scene&)> done = nullptr;  // whether it can be seen outside that the call was done
  bool gives_descriptor = false;
};

bool Exists(const std::string& path) { return faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0; }
struct stat StatusOf(const std::string& path) {
  struct stat status {};
  lstat(path.c_str(), &status);
  return status;
}

// d/f is a file with a text of its own, and nothing else is in d/.
void PlainFile(Scene& scene) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(scene.Path("d"))) {
    std::filesystem::remove_all(entry.path(), ignored);
  }
  WriteText(scene.Path("d/f"), "text");
  chmod(scene.Path("d/f").c_str(), 0644);
}

// d/dir is there, and ok/under, which the floor gives whole, is where it was.
void PlainDirectory(Scene& scene) {
  PlainFile(scene);
  std::error_code ignored;
  std::filesystem::remove_all(scene.Path("ok/moved"), ignored);
  EXPECT_EQ(mkdir(scene.Path("d/dir").c_str(), 0755), 0);
  rename(scene.Path("ok/less").c_str(), scene.Path("ok/under").c_str());
}

Order Named(Scene& scene, int nr, std::string_view path, std::initializer_list<uint64_t> rest) {
  Order order;
  order.nr = nr;
  order.args[0] = kHere;
  order.args[1] = order.PutString(path.starts_with('/') ? std::string(path) : scene.Path(path));
  std::copy(rest.begin(), rest.end(), order.args.begin() + 2);
  return order;
}
// As Named, for calls that take no directory.
Order Plain(Scene& scene, int nr, std::string_view path, std::initializer_list<uint64_t> rest) {
  Order order = Named(scene, nr, path, {});
  order.args = {order.args[1]};
  std::copy(rest.begin(), rest.end(), order.args.begin() + 1);
  return order;
}

Order Move(Scene& scene, std::string_view from, std::string_view to) {
  Order order = Named(scene, SYS_renameat2, from, {kHere, 0, 0});
  order.args[3] = order.PutString(scene.Path(to));
  return order;
}

int64_t SocketInside(Scene& scene, int family, int type) {
  return scene.stage.Must({SYS_socket, {static_cast<uint64_t>(family), static_cast<uint64_t>(type), 0}});
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}
sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

// A socket of the test at a free port of 127.0.0.1.
void ListenOutside(Scene& scene, int type) {
  scene.ours.reset(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(scene.ours.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(listen(scene.ours.get(), 8), 0);
  }
  EXPECT_EQ(getsockname(scene.ours.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  scene.port = ntohs(address.sin_port);
}
void ListenAtPath(Scene& scene, int type) {
  PlainFile(scene);
  scene.ours.reset(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = UnixAddress(scene.Path("d/s"));
  EXPECT_EQ(bind(scene.ours.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(listen(scene.ours.get(), 8), 0);
  }
}
bool SomebodyConnected(Scene& scene) {
  return UniqueFd(accept4(scene.ours.get(), nullptr, nullptr, SOCK_CLOEXEC)).get() >= 0;
}
bool SomethingArrived(Scene& scene) {
  char byte;
  return recvfrom(scene.ours.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK, nullptr, nullptr) >= 0;
}

Order WithAddress(int nr, Scene& scene, const void* address, size_t size) {
  Order order(nr, {static_cast<uint64_t>(scene.fd), 0, size});
  order.args[1] = order.Put(address, size);
  return order;
}

// sendto(2) to a port of this machine.
Order Datagram(Scene& scene, const std::string& data) {
  Order order(SYS_sendto, {static_cast<uint64_t>(scene.fd), 0, data.size(), 0, 0, sizeof(sockaddr_in)});
  order.args[1] = order.Put(data.data(), data.size());
  order.args[4] = order.PutValue(Loopback(scene.port));
  return order;
}

// A message of one byte to `address`, in the memory of the order.
msghdr MessageTo(Order& order, const void* address, size_t size) {
  const iovec vector{reinterpret_cast<void*>(order.PutString("x")), 1};
  msghdr message{};
  message.msg_name = reinterpret_cast<void*>(order.Put(address, size));
  message.msg_namelen = static_cast<socklen_t>(size);
  message.msg_iov = reinterpret_cast<iovec*>(order.PutValue(vector));
  message.msg_iovlen = 1;
  return message;
}

std::vector<Case> FileCases() {
  const auto open = [](std::string_view path, uint64_t flags) {
    return [path, flags](Scene& scene) { return Named(scene, SYS_openat, path, {flags, 0644}); };
  };
  const auto text_is_gone = [](Scene& scene) { return StatusOf(scene.Path("d/f")).st_size == 0; };
  const auto made = [](std::string_view path) { return [path](Scene& scene) { return Exists(scene.Path(path)); }; };
  const auto link_to = [](std::string_view link, std::string_view target) {
    return [link, target](Scene& scene) {
      PlainFile(scene);
      const std::string path = scene.Path(link);
      unlink(path.c_str());
      EXPECT_EQ(symlink(std::string(target).c_str(), path.c_str()), 0);
    };
  };
  return {
      {"read", AllowBy::kOpen, PlainFile, open("d/f", O_RDONLY), nullptr, true},
      {"read by a descriptor", AllowBy::kOpen,
       [](Scene& scene) {
         PlainFile(scene);
         scene.fd = scene.stage.Must(Named(scene, SYS_openat, "d", {O_PATH}));
       },
       [](Scene& scene) {
         Order order(SYS_openat, {static_cast<uint64_t>(scene.fd), 0, O_RDONLY});
         order.args[1] = order.PutString("f");
         return order;
       },
       nullptr, true},
      {"read by a link", AllowBy::kOpen, link_to("ok/link", "../d/f"), open("ok/link", O_RDONLY), nullptr, true},
      {"read by one's own root", AllowBy::kOpen, PlainFile,
       [](Scene& scene) { return Named(scene, SYS_openat, Concat("/proc/self/root", scene.Path("d/f")), {O_RDONLY}); },
       nullptr, true},
      {"truncate and write", AllowBy::kOpen, PlainFile, open("d/f", O_WRONLY | O_TRUNC), text_is_gone, true},
      {"create", AllowBy::kOpen, PlainFile, open("d/new", O_WRONLY | O_CREAT), made("d/new"), true},
      {"create by a dangling link", AllowBy::kOpen, link_to("ok/link", "../d/new"), open("ok/link", O_WRONLY | O_CREAT),
       made("d/new"), true},
      {"create without a name", AllowBy::kOpen, PlainFile, open("d", O_RDWR | O_TMPFILE), nullptr, true},
      {"read a FIFO", AllowBy::kOpen,
       [](Scene& scene) {
         PlainFile(scene);
         EXPECT_EQ(mkfifo(scene.Path("d/fifo").c_str(), 0644), 0);
         scene.ours.reset(::open(scene.Path("d/fifo").c_str(), O_RDWR | O_CLOEXEC));
       },
       open("d/fifo", O_RDONLY), nullptr, true},
      {"mkdir", AllowBy::kMakeDirectory, PlainFile,
       [](Scene& scene) { return Named(scene, SYS_mkdirat, "d/new", {0755}); }, made("d/new")},
      {"mknod", AllowBy::kMakeNode, PlainFile,
       [](Scene& scene) { return Named(scene, SYS_mknodat, "d/new", {S_IFIFO | 0644}); }, made("d/new")},
      {"unlink", AllowBy::kRemove, PlainFile, [](Scene& scene) { return Named(scene, SYS_unlinkat, "d/f", {0}); },
       [](Scene& scene) { return !Exists(scene.Path("d/f")); }},
      {"rename", AllowBy::kRename, PlainFile,
       [](Scene& scene) {
         Order order = Named(scene, SYS_renameat2, "d/f", {kHere, 0, 0});
         order.args[3] = order.PutString(scene.Path("d/new"));
         return order;
       },
       made("d/new")},
      {"link", AllowBy::kLink, PlainFile,
       [](Scene& scene) {
         Order order = Named(scene, SYS_linkat, "d/f", {kHere, 0, 0});
         order.args[3] = order.PutString(scene.Path("d/new"));
         return order;
       },
       made("d/new")},
      {"symlink", AllowBy::kSymbolicLink, PlainFile,
       [](Scene& scene) {
         Order order(SYS_symlinkat, {0, kHere, 0});
         order.args[0] = order.PutString("somewhere");
         order.args[2] = order.PutString(scene.Path("d/new"));
         return order;
       },
       made("d/new")},
      {"chmod", AllowBy::kChangeMode, PlainFile, [](Scene& scene) { return Named(scene, SYS_fchmodat, "d/f", {0600}); },
       [](Scene& scene) { return (StatusOf(scene.Path("d/f")).st_mode & 0777) == 0600; }},
      {"fchmod", AllowBy::kChangeMode,
       [](Scene& scene) {
         PlainFile(scene);
         scene.fd = scene.stage.Must(Named(scene, SYS_openat, "d/f", {O_PATH}));
       },
       [](Scene& scene) {
         return Order(SYS_fchmod, {static_cast<uint64_t>(scene.fd), 0600});
       },
       [](Scene& scene) { return (StatusOf(scene.Path("d/f")).st_mode & 0777) == 0600; }},
      {"chown", AllowBy::kChangeOwner, PlainFile,
       [](Scene& scene) {
         return Named(scene, SYS_fchownat, "d/f", {getuid(), getgid(), 0});
       }},
      {"utime", AllowBy::kSetTimes, PlainFile,
       [](Scene& scene) {
         Order order = Named(scene, SYS_utimensat, "d/f", {0, 0});
         const timespec times[2] = {{7, 0}, {7, 0}};
         order.args[2] = order.PutValue(times);
         return order;
       },
       [](Scene& scene) { return StatusOf(scene.Path("d/f")).st_mtime == 7; }},
      {"setxattr", AllowBy::kSetXattr, PlainFile,
       [](Scene& scene) {
         Order order = Plain(scene, SYS_setxattr, "d/f", {0, 0, 1, 0});
         order.args[1] = order.PutString("user.usher");
         order.args[2] = order.PutString("v");
         return order;
       },
       [](Scene& scene) { return getxattr(scene.Path("d/f").c_str(), "user.usher", nullptr, 0) == 1; }},
      {"removexattr", AllowBy::kRemoveXattr,
       [](Scene& scene) {
         PlainFile(scene);
         setxattr(scene.Path("d/f").c_str(), "user.usher", "v", 1, 0);
       },
       [](Scene& scene) {
         Order order = Plain(scene, SYS_removexattr, "d/f", {0});
         order.args[1] = order.PutString("user.usher");
         return order;
       },
       [](Scene& scene) { return getxattr(scene.Path("d/f").c_str(), "user.usher", nullptr, 0) < 0; }},
      {"truncate", AllowBy::kTruncate, PlainFile, [](Scene& scene) { return Plain(scene, SYS_truncate, "d/f", {0}); },
       text_is_gone},
      {"lengthen", AllowBy::kTruncate, PlainFile,
       [](Scene& scene) { return Plain(scene, SYS_truncate, "d/f", {4096}); },
       [](Scene& scene) { return StatusOf(scene.Path("d/f")).st_size == 4096; }},
      {"inotify", AllowBy::kWatch,
       [](Scene& scene) {
         PlainFile(scene);
         scene.fd = scene.stage.Must({SYS_inotify_init1, {0}});
       },
       [](Scene& scene) {
         Order order(SYS_inotify_add_watch, {static_cast<uint64_t>(scene.fd), 0, IN_OPEN});
         order.args[1] = order.PutString(scene.Path("d/f"));
         return order;
       }},
      {"move a directory beside what the floor gives", AllowBy::kRename, PlainDirectory,
       [](Scene& scene) { return Move(scene, "d/dir", "ok/moved"); }, made("ok/moved")},
      // The kernel goes on with these and finds that they are no programs after all: the child lives on. At first the
      // floor refuses them, and they are made again with a copy.
      {"execve", AllowBy::kExec,
       [](Scene& scene) {
         PlainFile(scene);
         WriteText(scene.Path("d/f"),
                   "\x7f"
                   "ELF");
         chmod(scene.Path("d/f").c_str(), 0755);
       },
       [](Scene& scene) {
         return Plain(scene, SYS_execve, "d/f", {0, 0});
       }},
      {"execve of a script", AllowBy::kExec,
       [](Scene& scene) {
         PlainFile(scene);
         WriteText(scene.Path("d/f"),
                   "\x7f"
                   "ELF");
         WriteText(scene.Path("ok/script"), Concat("#!", scene.Path("d/f"), "\n"));
         chmod(scene.Path("d/f").c_str(), 0755);
         chmod(scene.Path("ok/script").c_str(), 0755);
       },
       [](Scene& scene) {
         return Plain(scene, SYS_execve, "ok/script", {0, 0});
       }},
  };
}

std::vector<Case> NetworkCases() {
  const auto tcp = [](Scene& scene) { scene.fd = SocketInside(scene, AF_INET, SOCK_STREAM); };
  return {
      {"connect", AllowBy::kConnect,
       [tcp](Scene& scene) {
         ListenOutside(scene, SOCK_STREAM);
         tcp(scene);
       },
       [](Scene& scene) {
         const sockaddr_in address = Loopback(scene.port);
         return WithAddress(SYS_connect, scene, &address, sizeof(address));
       },
       SomebodyConnected},
      {"connect to a path", AllowBy::kConnect,
       [](Scene& scene) {
         ListenAtPath(scene, SOCK_STREAM);
         scene.fd = SocketInside(scene, AF_UNIX, SOCK_STREAM);
       },
       [](Scene& scene) {
         const sockaddr_un address = UnixAddress(scene.Path("d/s"));
         return WithAddress(SYS_connect, scene, &address, sizeof(address));
       },
       SomebodyConnected},
      {"bind", AllowBy::kBind, tcp,
       [](Scene& scene) {
         const sockaddr_in address = Loopback(0);
         return WithAddress(SYS_bind, scene, &address, sizeof(address));
       }},
      {"bind to a path", AllowBy::kBind,
       [](Scene& scene) {
         PlainFile(scene);
         scene.fd = SocketInside(scene, AF_UNIX, SOCK_STREAM);
       },
       [](Scene& scene) {
         const sockaddr_un address = UnixAddress(scene.Path("d/new"));
         return WithAddress(SYS_bind, scene, &address, sizeof(address));
       },
       [](Scene& scene) { return Exists(scene.Path("d/new")); }},
      {"listen", AllowBy::kListen, tcp,
       [](Scene& scene) {
         return Order(SYS_listen, {static_cast<uint64_t>(scene.fd), 4});
       }},
      {"sendto", AllowBy::kSend,
       [](Scene& scene) {
         ListenOutside(scene, SOCK_DGRAM);
         scene.fd = SocketInside(scene, AF_INET, SOCK_DGRAM);
       },
       [](Scene& scene) { return Datagram(scene, "x"); }, SomethingArrived},
      // Usher asks for the name itself, of a server that is not there.
      {"ask a name server", AllowBy::kSend,
       [](Scene& scene) {
         scene.port = 53;
         scene.fd = SocketInside(scene, AF_INET, SOCK_DGRAM);
       },
       [](Scene& scene) {
         static int asked = 1000;
         return Datagram(scene, DnsQuery(Concat("n", ++asked, ".example"), 1, 7));
       }},
      {"sendmsg with a descriptor", AllowBy::kSendMessage,
       [](Scene& scene) {
         ListenAtPath(scene, SOCK_DGRAM);
         scene.fd = SocketInside(scene, AF_UNIX, SOCK_DGRAM);
       },
       [](Scene& scene) {
         Order order(SYS_sendmsg, {static_cast<uint64_t>(scene.fd), 0, 0});
         const sockaddr_un address = UnixAddress(scene.Path("d/s"));
         msghdr message = MessageTo(order, &address, sizeof(address));
         struct {
           size_t length = CMSG_LEN(sizeof(int));
           int level = SOL_SOCKET, type = SCM_RIGHTS, number = 0, padding = 0;
         } rights;  // struct cmsghdr and the one descriptor behind it
         static_assert(sizeof(rights) == CMSG_SPACE(sizeof(int)));
         message.msg_control = reinterpret_cast<void*>(order.PutValue(rights));
         message.msg_controllen = sizeof(rights);
         order.args[1] = order.PutValue(message);
         return order;
       },
       SomethingArrived},
      {"sendmmsg", AllowBy::kSendMessages,
       [](Scene& scene) {
         ListenOutside(scene, SOCK_DGRAM);
         scene.fd = SocketInside(scene, AF_INET, SOCK_DGRAM);
       },
       [](Scene& scene) {
         Order order(SYS_sendmmsg, {static_cast<uint64_t>(scene.fd), 0, 2, 0});
         const sockaddr_in address = Loopback(scene.port);
         mmsghdr messages[2] = {};
         for (mmsghdr& one : messages) one.msg_hdr = MessageTo(order, &address, sizeof(address));
         order.args[1] = order.PutValue(messages);
         return order;
       },
       SomethingArrived},
  };
}

// Allowed whatever the policy says: there is no denied twin by policy.
std::vector<Case> HarmlessCases() {
  const auto name_of = [](int nr) {
    return [nr](Scene& scene) {
      Order order(nr, {static_cast<uint64_t>(scene.fd), 0, 0});
      const sockaddr_un room{};
      order.args[1] = order.PutValue(room);
      order.args[2] = order.PutValue(static_cast<int32_t>(sizeof(room)));
      return order;
    };
  };
  const auto bound = [](Scene& scene) { scene.fd = SocketInside(scene, AF_UNIX, SOCK_DGRAM); };
  return {
      {"getsockname", AllowBy::kSocketName, bound, name_of(SYS_getsockname)},
      {"getpeername", AllowBy::kPeerName,
       [](Scene& scene) {
         ListenAtPath(scene, SOCK_DGRAM);
         scene.fd = SocketInside(scene, AF_UNIX, SOCK_DGRAM);
         const sockaddr_un address = UnixAddress(scene.Path("d/s"));
         scene.stage.Must(WithAddress(SYS_connect, scene, &address, sizeof(address)));
       },
       name_of(SYS_getpeername)},
      {"setsockopt(SO_LINGER)", AllowBy::kSetLinger,
       [](Scene& scene) { scene.fd = SocketInside(scene, AF_INET, SOCK_STREAM); },
       [](Scene& scene) {
         Order order(SYS_setsockopt, {static_cast<uint64_t>(scene.fd), SOL_SOCKET, SO_LINGER, 0, sizeof(linger)});
         order.args[3] = order.PutValue(linger{1, 30});
         return order;
       }},
      {"signal by a descriptor", AllowBy::kSignalByDescriptor,
       [](Scene& scene) {
         scene.fd = scene.stage.Must({SYS_pidfd_open, {static_cast<uint64_t>(scene.stage.child()), 0}});
       },
       [](Scene& scene) {
         return Order(SYS_pidfd_send_signal, {static_cast<uint64_t>(scene.fd), SIGURG, 0, 0});
       }},
      {"kill", AllowBy::kContinue, nullptr,
       [](Scene& scene) {
         return Order(SYS_kill, {static_cast<uint64_t>(scene.stage.child()), 0});
       }},
      {"kill one's group", AllowBy::kContinue, nullptr,
       [](Scene&) {
         return Order(SYS_kill, {0, 0});
       }},
      {"kill one's group by number", AllowBy::kContinue, nullptr,
       [](Scene& scene) {
         return Order(SYS_kill, {static_cast<uint64_t>(-scene.stage.child()), 0});
       }},
      {"socket", AllowBy::kContinue, nullptr,
       [](Scene&) {
         return Order(SYS_socket, {AF_INET, SOCK_STREAM, 0});
       },
       nullptr, true},
  };
}

// Refused whatever the policy says. The test stands where the keeper would; its parent is somebody else outside.
std::vector<Case> OutsideCases() {
  const auto nothing = [](Scene&) {};
  std::vector<Case> cases = {
      {"read by the keeper's descriptor", AllowBy::kOpen,
       [](Scene& scene) { scene.ours.reset(open(scene.Path("ok/f").c_str(), O_RDONLY | O_CLOEXEC)); },
       [](Scene& scene) {
         return Named(scene, SYS_openat, Concat("/proc/", getpid(), "/fd/", scene.ours.get()), {O_RDONLY});
       },
       nullptr, true},
      {"signal a group of outsiders", AllowBy::kContinue, nothing,
       [](Scene&) {
         return Order(SYS_kill, {static_cast<uint64_t>(-getppid()), 0});
       }},
      {"signal everybody", AllowBy::kContinue, nothing,
       [](Scene&) {
         return Order(SYS_kill, {~uint64_t{0}, 0});
       }},
      {"a raw socket", AllowBy::kContinue, nothing,
       [](Scene&) {
         return Order(SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP});
       },
       nullptr, true},
  };
  cases.push_back({"move what the floor gives to where the policy gives less", AllowBy::kRename, PlainDirectory,
                   [](Scene& scene) { return Move(scene, "ok/under", "ok/less"); },
                   [](Scene& scene) { return Exists(scene.Path("ok/less")); }});
  for (const pid_t outsider : {getpid(), getppid()}) {
    const auto pid = static_cast<uint64_t>(outsider);
    // The child is forked while this is open, so it has it under the same number.
    const auto pidfd = std::make_shared<UniqueFd>(static_cast<int>(syscall(SYS_pidfd_open, outsider, 0)));
    cases.push_back({"signal an outsider by a descriptor", AllowBy::kSignalByDescriptor, nothing, [pidfd](Scene&) {
                       return Order(SYS_pidfd_send_signal, {static_cast<uint64_t>(pidfd->get()), 0, 0, 0});
                     }});
    const auto read = [outsider](std::string_view what) {
      return [outsider, what](Scene& scene) {
        const std::string beyond = what == "root" ? scene.Path("ok/f") : "";
        return Named(scene, SYS_openat, Concat("/proc/", outsider, "/", what, beyond), {O_RDONLY});
      };
    };
    cases.push_back({"read by an outsider's root", AllowBy::kOpen, nothing, read("root"), nullptr, true});
    cases.push_back({"read an outsider's environment", AllowBy::kOpen, nothing, read("environ"), nullptr, true});
    cases.push_back({"signal an outsider", AllowBy::kContinue, nothing, [pid](Scene&) {
                       return Order(SYS_kill, {pid, 0});
                     }});
    cases.push_back({"adjust an outsider", AllowBy::kContinue, nothing, [pid](Scene&) {
                       return Order(SYS_sched_setparam, {pid, 0});
                     }});
  }
  return cases;
}

// A datagram to a port that the sandbox itself has opened, which is nobody else's business; unless `shared`, with a
// socket outside that has the same port of another address.
Case OwnPortCase(bool shared) {
  return {shared ? "a port shared with outsiders" : "a port of one's own", AllowBy::kSend,
          [shared](Scene& scene) {
            scene.other_fd = SocketInside(scene, AF_INET, SOCK_DGRAM);
            Order bind(SYS_bind, {static_cast<uint64_t>(scene.other_fd), 0, sizeof(sockaddr_in)});
            bind.args[1] = bind.PutValue(Loopback(0));
            scene.stage.Must(bind);
            Order ask(SYS_getsockname, {static_cast<uint64_t>(scene.other_fd), 0, 0});
            ask.args[1] = ask.PutValue(sockaddr_in{});
            ask.args[2] = ask.PutValue(static_cast<int32_t>(sizeof(sockaddr_in)));
            scene.stage.Must(ask);
            const auto bound = RemoteMemory(scene.stage.child()).Read<sockaddr_in>(ask.args[1]);
            ASSERT_TRUE(bound.ok());
            scene.port = ntohs(bound->sin_port);
            scene.fd = SocketInside(scene, AF_INET, SOCK_DGRAM);
            if (!shared) return;
            scene.ours.reset(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
            sockaddr_in6 same{};
            same.sin6_family = AF_INET6;
            same.sin6_addr = in6addr_loopback;
            same.sin6_port = bound->sin_port;
            ASSERT_EQ(::bind(scene.ours.get(), reinterpret_cast<sockaddr*>(&same), sizeof(same)), 0);
          },
          [](Scene& scene) { return Datagram(scene, "x"); }};
}

// A person has said yes for the session, and has taken it back where the supervisor only sees it in the file.
Case TakenBackCase(bool taken_back) {
  return {taken_back ? "a grant taken back" : "a grant",
          AllowBy::kOpen,
          [taken_back](Scene& scene) {
            PlainFile(scene);
            const FileScope scope{.use = FileUse::kWrite, .path = scene.Path("d/f")};
            const auto grant = scene.stage.grants().Add({.scope = scope, .life = GrantLife::kSession, .by = "test"});
            ASSERT_TRUE(grant.ok()) << grant.status();
            if (taken_back) {
              ASSERT_TRUE(scene.stage.GrantsElsewhere().Revoke(grant->id).ok());
            }
          },
          [](Scene& scene) { return Named(scene, SYS_openat, "d/f", {O_WRONLY | O_TRUNC}); },
          [](Scene& scene) { return StatusOf(scene.Path("d/f")).st_size == 0; },
          true};
}

// ---- the walk ----

struct Performance {
  CallOutcome outcome;
  int error = 0;      // of the call that was made to fail
  std::string reply;  // in words; "none" when nobody answered
  bool done = false;
};

Performance Perform(Stage& stage, const Case& c, int nth, int error) {
  Scene scene{stage};
  if (c.prepare) c.prepare(scene);
  Performance performance{stage.Call(c.call(scene), nth, error), error};
  const Walk& walk = performance.outcome.walk;
  // An exec that the floor refused is made again, and the caller gets the last answer.
  const size_t replies = walk.replies.size();
  const bool one = replies == 1 || (replies > 1 && c.by == AllowBy::kExec);
  performance.reply = one ? walk.replies.back() : Concat(replies, " replies");
  // The number of a descriptor is whichever was free.
  if (c.gives_descriptor && performance.reply.starts_with("value ")) performance.reply = "descriptor";
  if (!performance.outcome.answered) {
    performance.reply = "none";
    return performance;
  }
  performance.done = c.done && c.done(scene);
  const int64_t result = performance.outcome.result;
  if (c.gives_descriptor && result >= 0) stage.Must({SYS_close, {static_cast<uint64_t>(result)}});
  for (const int64_t fd : {scene.fd, scene.other_fd}) {
    if (fd >= 0) stage.Must({SYS_close, {static_cast<uint64_t>(fd)}});
  }
  return performance;
}

// The loop lives, and does for others what it always does.
bool StillServes(Stage& stage) {
  Scene scene{stage};
  const int64_t fd = stage.Must(Named(scene, SYS_openat, "ok/f", {O_RDONLY}));
  if (fd < 0) return false;
  return stage.Must({SYS_close, {static_cast<uint64_t>(fd)}}) == 0;
}

bool IsErrno(std::string_view reply) { return reply.starts_with("errno "); }

// What was not as it has to be: which call failed and what was wrong, with which errnos.
using Findings = std::map<std::string, std::set<std::string>>;

// Every call of the walk in turn, with every errno; `judge` says what is wrong with a performance, if anything.
Findings WithEveryFault(Stage& stage, const Case& c, const std::function<std::string(const Performance&)>& judge) {
  Findings findings;
  for (const int error : kErrors) {
    for (int nth = 1; nth <= kMostCalls; ++nth) {
      const Performance performance = Perform(stage, c, nth, error);
      const std::string& failed = performance.outcome.walk.failed;
      if (std::string wrong = judge(performance); !wrong.empty()) {
        findings[Concat(failed, " fails: ", wrong)].insert(strerrorname_np(error));
      }
      if (performance.reply == "none" || !StillServes(stage))
        return findings;  // nothing to be learnt from this one any more
      if (failed.empty()) break;
    }
  }
  return findings;
}

class FaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Stage stage(Verdict::kAllow);
    if (!stage.ready()) GTEST_SKIP() << "this host gives no listener";
  }

  void ExpectDone(const Case& c, Verdict verdict = Verdict::kAllow) {
    SCOPED_TRACE(c.name);
    Stage stage(verdict);
    const Performance healthy = Perform(stage, c, 0, 0);
    ASSERT_TRUE(healthy.outcome.answered);
    EXPECT_FALSE(IsErrno(healthy.reply)) << healthy.reply;
    EXPECT_TRUE(healthy.done || !c.done);
    EXPECT_GT(healthy.outcome.walk.calls.size(), 1u);
    walked_.insert(healthy.outcome.walk.calls.begin(), healthy.outcome.walk.calls.end());
    const auto judge = [&](const Performance& faulty) -> std::string {
      const std::string& failed = faulty.outcome.walk.failed;
      if (faulty.reply == healthy.reply && (c.gives_descriptor || faulty.outcome.result == healthy.outcome.result)) {
        if (faulty.done != healthy.done) return "said to be done, and is not";
        // An exec that cannot be made again in one way is made in the next.
        const bool next = c.by == AllowBy::kExec &&
                          faulty.outcome.walk.replies.size() == healthy.outcome.walk.replies.size() &&
                          failed == "process_vm_writev";
        const bool fine = failed.empty() || next || IsNamed(kNeedless, failed) || IsMadeAgain(failed, faulty.error);
        return fine ? "" : "done, as if nothing had happened";
      }
      if (IsMadeAgain(failed, faulty.error)) return "given up";
      // The floor's own refusal, where nobody makes the call again.
      if (c.by == AllowBy::kExec && faulty.reply == "continue" && faulty.outcome.result == -EACCES) return "";
      if (c.by == AllowBy::kSendMessages && faulty.outcome.result == 1 && IsNamed(kPartly, failed)) return "";
      if (!IsErrno(faulty.reply)) return Concat("answered with ", faulty.reply, " instead of ", healthy.reply);
      if (faulty.outcome.result >= 0) return "an errno, and a result";
      return faulty.done && !IsNamed(kTooLate, failed) ? "done, and answered with an errno" : "";
    };
    EXPECT_THAT(WithEveryFault(stage, c, judge), IsEmpty());
    EXPECT_EQ(Perform(stage, c, 0, 0).reply, healthy.reply) << "in the end it works as it did";
  }

  void ExpectRefused(const Case& c, Verdict verdict) {
    SCOPED_TRACE(c.name);
    Stage stage(verdict);
    const Performance healthy = Perform(stage, c, 0, 0);
    EXPECT_TRUE(IsErrno(healthy.reply)) << healthy.reply;
    const auto judge = [](const Performance& faulty) -> std::string {
      if (!IsErrno(faulty.reply)) return Concat("answered with ", faulty.reply);
      if (faulty.outcome.result >= 0) return "an errno, and a result";
      return faulty.done ? "refused, and done" : "";
    };
    EXPECT_THAT(WithEveryFault(stage, c, judge), IsEmpty());
  }

  std::set<std::string> walked_;
};

TEST_F(FaultsTest, WhatIsAllowedIsDoneOrAnErrno) {
  for (const auto& cases : {FileCases(), NetworkCases(), HarmlessCases()}) {
    for (const Case& c : cases) ExpectDone(c);
  }
}

TEST_F(FaultsTest, WhatIsDeniedStaysDenied) {
  for (const auto& cases : {FileCases(), NetworkCases()}) {
    for (const Case& c : cases) ExpectRefused(c, Verdict::kDeny);
  }
}

TEST_F(FaultsTest, WhatNobodyAnswersStaysDenied) {
  for (const auto& cases : {FileCases(), NetworkCases()}) {
    for (const Case& c : cases) ExpectRefused(c, Verdict::kAsk);
  }
}

TEST_F(FaultsTest, WhatLiesOutsideStaysOutside) {
  for (const Case& c : OutsideCases()) ExpectRefused(c, Verdict::kAllow);
}

TEST_F(FaultsTest, APortIsOnesOwnOrItIsNot) {
  ExpectDone(OwnPortCase(/*shared=*/false), Verdict::kAsk);
  ExpectRefused(OwnPortCase(/*shared=*/true), Verdict::kAsk);
}

TEST_F(FaultsTest, AGrantThatWasTakenBackIsNotUsed) {
  ExpectDone(TakenBackCase(/*taken_back=*/false), Verdict::kAsk);
  ExpectRefused(TakenBackCase(/*taken_back=*/true), Verdict::kAsk);
}

TEST_F(FaultsTest, EveryWayToAllowIsWalked) {
  std::set<AllowBy> walked;
  for (const auto& cases : {FileCases(), NetworkCases(), HarmlessCases()}) {
    for (const Case& c : cases) walked.insert(c.by);
  }
  for (const Row& row : Table()) {
    EXPECT_TRUE(row.allow_by == AllowBy::kNothing || walked.contains(row.allow_by)) << row.name;
  }
}

// ---- the loop ----

// A connect that would wait is never made on the loop: it is a worker's, or refused with what went wrong.
TEST(ConnectFaultsTest, TheLoopIsNotKeptWaiting) {
  const TemporaryDirectory root;
  const sockaddr_un address = UnixAddress(root / "s");
  const auto* name = reinterpret_cast<const sockaddr*>(&address);
  const UniqueFd full(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(full.get(), name, sizeof(address)), 0);
  ASSERT_EQ(listen(full.get(), 0), 0);
  const UniqueFd first(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(connect(first.get(), name, sizeof(address)), 0);

  Call call;
  for (const Row& row : Table()) {
    if (row.allow_by == AllowBy::kConnect) call.row = &row;
  }
  for (const int error : kErrors) {
    bool failed = true;
    for (int nth = 1; failed; ++nth) {
      Target target;
      target.socket.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const timeval moment{0, 50'000};  // should it wait after all: then it fails with EAGAIN
      ASSERT_EQ(setsockopt(target.socket.get(), SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof(moment)), 0);
      target.destinations.push_back({.address = std::string(reinterpret_cast<const char*>(&address), sizeof(address))});
      ArmFault(nth, error);
      const Enactment enactment = Enact(call, target, 0);
      failed = !DisarmFault().failed.empty();
      const auto* result = std::get_if<CallResult>(&enactment);
      if (result == nullptr) {
        EXPECT_TRUE(std::holds_alternative<BlockingCall>(enactment));
      } else {
        ASSERT_TRUE(std::holds_alternative<Failed>(*result));
        EXPECT_EQ(std::get<Failed>(*result).error, error) << "call " << nth;
      }
    }
  }
}

// ---- programs ----

// A child that runs /bin/sleep once it is told to. Looked at by ways that the seam does not count.
class Sleeper {
 public:
  Sleeper() {
    EXPECT_EQ(pipe2(go_, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      char byte;
      if (read(go_[0], &byte, 1) == 1) execl("/bin/sleep", "sleep", "1000", nullptr);
      _exit(1);
    }
    close(go_[0]);
  }
  ~Sleeper() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, __WALL);
    close(go_[1]);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  pid_t pid() const { return pid_; }
  void Go() const { EXPECT_EQ(dprintf(go_[1], "x"), 1); }
  // "S (sleep)": what it does and what it is called, as in /proc/PID/stat. "" when it is dead, whoever took its end.
  std::string State() const {
    std::ifstream stat(Concat("/proc/", pid_, "/stat"));
    std::string pid, name, state;
    stat >> pid >> name >> state;
    return state.empty() || state == "Z" ? "" : Concat(state, " ", name);
  }

 private:
  int go_[2] = {-1, -1};
  pid_t pid_ = -1;
};

ExecGuard::Image ImageOf(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return {path, status.st_dev, status.st_ino};
}

// Something runs that is not what was allowed. Whatever fails, it makes no call that anybody judges: it is killed, or
// its calls are refused, or its exec is not continued in the first place. False once there is no call `nth` any more.
bool RunsAnother(bool traced_by_another, int nth, int error) {
  ProcessTable processes(getpid());
  ExecGuard guard(processes, [](const auto&) {});
  const Sleeper sleeper;
  const ExecGuard::Image cat = ImageOf("/bin/cat");
  if (traced_by_another) {
    EXPECT_EQ(ptrace(PTRACE_SEIZE, sleeper.pid(), nullptr, nullptr), 0);
  }
  ArmFault(nth, error);
  if (guard.Expect(sleeper.pid(), cat).ok()) {
    sleeper.Go();
    std::string state = sleeper.State();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    int stopped = 0;  // how often in a row; a moment is how every exec begins
    while (!state.empty() && state != "S (sleep)" && stopped < 500 && std::chrono::steady_clock::now() < end) {
      guard.OnChildSignal();
      state = sleeper.State();
      stopped = state.starts_with('t') ? stopped + 1 : 0;
    }
    EXPECT_TRUE(state.empty() || stopped == 500 || !guard.CheckCaller(sleeper.pid())) << state;
  }
  return !DisarmFault().failed.empty();
}

TEST(ExecFaultsTest, WhatWasNotAllowedMakesNoCall) {
  for (const bool traced_by_another : {false, true}) {
    for (const int error : kErrors) {
      int nth = 0;
      while (RunsAnother(traced_by_another, nth, error) || nth == 0) {
        if (HasFailure()) FAIL() << "call " << nth << " fails with " << strerrorname_np(error);
        ++nth;
      }
      EXPECT_GT(nth, 3);
    }
  }
}

// What nobody fails on purpose, each with its reason.
const std::set<std::string_view>& NotSeamed() {
  static const std::set<std::string_view> names = {
      // No system calls, or ones that cannot fail.
      "memchr", "memcmp", "memcpy", "memmove", "memset", "strcmp", "strlen", "gnu_dev_major", "gnu_dev_makedev",
      "gnu_dev_minor", "htons", "ntohs", "sigaddset", "sigdelset", "sigemptyset", "sigfillset", "getpid", "geteuid",
      "getuid", "umask", "close", "closedir", "ares_create_query", "ares_expand_name", "ares_free_string",
      "ares_parse_a_reply", "ares_parse_aaaa_reply",
      // Before the first call is held.
      "epoll_create1", "eventfd", "sigaction", "signalfd",
      // Wait for what comes anyway; whatever they fail with, the loop looks again.
      "epoll_wait", "nanosleep", "waitid", "waitpid",
      // Of threads that are there.
      "pthread_kill", "pthread_mutex_lock", "pthread_mutex_unlock", "pthread_sigmask",
      // Of callers that hand their descriptors over: what fails here is their call's errno, and nothing was done yet.
      "recvmsg", "socketpair",
      // Of a run with a gate: what fails here leaves a new program where it was, to be run from a copy.
      "flistxattr", "futimens", "pthread_once", "renameat2",
      // Usher's own files, before and after a run.
      "mkdir", "rename", "unlink"};
  return names;
}

TEST(FaultSeamTest, EveryCallOfTheRoomsGoesThroughTheSeam) {
  std::set<std::string, std::less<>> seamed;
  for (const std::string_view name : SplitSkipEmpty(USHER_SEAMED, ' ')) seamed.emplace(name);
  const std::unique_ptr<FILE, int (*)(FILE*)> nm(popen(USHER_NM " -u " USHER_ARCHIVES, "r"), &pclose);
  ASSERT_NE(nm, nullptr);
  std::vector<std::string> unknown;
  std::set<std::string_view> unused = NotSeamed();
  std::array<char, 4096> line;
  int seen = 0;
  while (fgets(line.data(), static_cast<int>(line.size()), nm.get()) != nullptr) {
    const std::vector<std::string_view> words = SplitSkipEmpty(std::string_view(line.data()), ' ');
    if (words.size() != 2 || words[0] != "U") continue;
    const std::string_view name = words[1].substr(0, words[1].find('\n'));
    ++seen;
    // C++, the compiler's own, and the sanitizers'.
    if (name.starts_with("_")) continue;
    if (!seamed.contains(name) && unused.erase(name) == 0 && !NotSeamed().contains(name)) unknown.emplace_back(name);
  }
  EXPECT_GT(seen, 100);
  EXPECT_THAT(unknown, IsEmpty()) << "add them to the seam, or say in NotSeamed why not";
  EXPECT_THAT(unused, IsEmpty()) << "nobody calls these any more";
}

}  // namespace
}  // namespace usher
