#include "supervisor/syscalls/meaning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/syscalls/socket_address.h"

namespace usher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Row& RowOf(std::string_view name) {
  for (const Row& row : Table()) {
    if (row.name == name) return row;
  }
  ADD_FAILURE() << "no row " << name;
  static const Row none;
  return none;
}

Call CallOf(std::string_view name) {
  Call call;
  call.row = &RowOf(name);
  for (const ArgRole role : call.row->args) {
    if (role == ArgRole::kPath || role == ArgRole::kLinkPath || role == ArgRole::kNewName) {
      call.names.push_back({.text = Concat("asked", call.names.size())});
    }
  }
  return call;
}

// An object of that kind. Meaning looks at its status and its path only: any descriptor will do.
Resolved Object(std::string path, mode_t kind = S_IFREG) {
  Resolved resolved;
  resolved.object.reset(dup(0));
  if (!resolved.object) resolved.object.reset(memfd_create("object", 0));
  resolved.status.st_mode = kind;
  resolved.path = std::move(path);
  return resolved;
}
Resolved Fresh(std::string path) {
  Resolved resolved;
  resolved.path = std::move(path);
  return resolved;
}

std::vector<std::string> Say(const Call& call, const Target& target) {
  const auto operations = Meaning(call, target);
  if (!operations.ok()) return {Concat("errno ", ErrnoOf(operations.status()))};
  std::vector<std::string> said;
  for (const Operation& operation : *operations) {
    const auto* file = std::get_if<FileOperation>(&operation);
    const bool tree = file != nullptr && file->carries_subtree;
    const std::string before = file == nullptr || file->moved_from.empty() ? "" : Concat(" from ", file->moved_from);
    said.push_back(Concat(KindOf(operation), " ", ObjectOf(operation), tree ? " and below" : "", before));
  }
  return said;
}

std::vector<std::string> OfOne(std::string_view name, uint32_t flags, Resolved object) {
  Call call = CallOf(name);
  call.open_flags = flags;
  Target target;
  target.names.push_back(std::move(object));
  return Say(call, target);
}
std::vector<std::string> OfTwo(std::string_view name, uint32_t flags, Resolved from, Resolved to) {
  Call call = CallOf(name);
  call.rename_flags = flags;
  Target target;
  target.names.push_back(std::move(from));
  target.names.push_back(std::move(to));
  return Say(call, target);
}

TEST(MeaningTest, OpenFlags) {
  const struct {
    int flags;
    std::vector<std::string> existing;
  } cases[] = {
      {O_RDONLY, {"file.read /f"}},
      {O_WRONLY, {"file.write /f"}},
      {O_RDWR, {"file.read /f", "file.write /f"}},
      {O_ACCMODE, {"file.read /f", "file.write /f"}},  // the fourth access mode: ioctl only, and both permissions
      {O_RDONLY | O_TRUNC, {"file.read /f", "file.write /f"}},
      {O_WRONLY | O_APPEND, {"file.write /f"}},
      {O_RDONLY | O_CREAT, {"file.read /f"}},
      {O_WRONLY | O_CREAT | O_TRUNC, {"file.write /f"}},
      {O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, {"file.read /f"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.flags);
    EXPECT_EQ(OfOne("openat", static_cast<uint32_t>(c.flags), Object("/f")), c.existing);
    EXPECT_THAT(OfOne("openat", static_cast<uint32_t>(c.flags | O_CREAT), Fresh("/f")), ElementsAre("file.create /f"));
  }
}

TEST(MeaningTest, UnnamedTemporaryIsAnewFileOfItsDirectory) {
  EXPECT_THAT(OfOne("openat", O_TMPFILE | O_RDWR, Object("/d", S_IFDIR)), ElementsAre("file.create /d/(unnamed)"));
  // O_DIRECTORY, which is a part of O_TMPFILE, does not make one.
  EXPECT_THAT(OfOne("openat", O_DIRECTORY, Object("/d", S_IFDIR)), ElementsAre("file.read /d"));
}

TEST(MeaningTest, WhatHasNoNameIsNotJudged) {
  Resolved pipe = Object("pipe:[7]", S_IFIFO);
  pipe.nameless = true;
  EXPECT_THAT(OfOne("openat", O_RDWR, std::move(pipe)), IsEmpty());
  EXPECT_THAT(OfOne("openat", O_RDWR, Object("/fifo", S_IFIFO)), ElementsAre("file.read /fifo", "file.write /fifo"));
}

TEST(MeaningTest, OwnTerminalsAreOne) {
  Resolved own = Object("/dev/pts/7", S_IFCHR);
  own.own_terminal = true;
  EXPECT_THAT(OfOne("openat", O_RDWR, std::move(own)), ElementsAre("file.read /dev/tty", "file.write /dev/tty"));
  EXPECT_THAT(OfOne("openat", O_RDONLY, Object("/dev/pts/7", S_IFCHR)), ElementsAre("file.read /dev/pts/7"));
}

TEST(MeaningTest, NamesThatComeAndGo) {
  for (const char* name : {"mkdir", "mkdirat", "mknod", "mknodat"}) {
    EXPECT_THAT(OfOne(name, 0, Fresh("/d/new")), ElementsAre("file.create /d/new")) << name;
  }
  // A link brings the names beneath it, as a directory that is moved does.
  for (const char* name : {"symlink", "symlinkat"}) {
    EXPECT_THAT(OfOne(name, 0, Fresh("/d/new")), ElementsAre("file.create /d/new and below")) << name;
  }
  EXPECT_THAT(OfTwo("rename", 0, Object("/a", S_IFLNK), Fresh("/b")),
              ElementsAre("file.remove /a and below", "file.create /b and below"));
  EXPECT_THAT(OfTwo("link", 0, Object("/a", S_IFLNK), Fresh("/b")),
              ElementsAre("file.write /a", "file.create /b and below"));
  for (const char* name : {"unlink", "unlinkat", "rmdir"}) {
    EXPECT_THAT(OfOne(name, 0, Object("/d/old")), ElementsAre("file.remove /d/old")) << name;
  }
  // What the kernel would refuse whoever said yes is no question.
  const std::string there = Concat("errno ", EEXIST), absent = Concat("errno ", ENOENT);
  for (const char* name : {"mkdir", "mkdirat", "mknod", "mknodat", "symlink", "symlinkat"}) {
    EXPECT_THAT(OfOne(name, 0, Object("/d", S_IFDIR)), ElementsAre(there)) << name;
  }
  for (const char* name : {"unlink", "unlinkat", "rmdir"}) {
    EXPECT_THAT(OfOne(name, 0, Fresh("/d/new")), ElementsAre(absent)) << name;
  }
  EXPECT_THAT(OfOne("openat", O_CREAT | O_EXCL | O_RDWR, Object("/f")), ElementsAre(there));
  EXPECT_THAT(OfTwo("rename", 0, Fresh("/a"), Fresh("/b")), ElementsAre(absent));
  for (const char* name : {"chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "utime", "utimes",
                           "futimesat", "utimensat", "setxattr", "lsetxattr", "removexattr", "lremovexattr"}) {
    EXPECT_THAT(OfOne(name, 0, Object("/f")), ElementsAre("file.metadata /f")) << name;
  }
  for (const char* name : {"fchmod", "fchown", "fsetxattr", "fremovexattr"}) {
    EXPECT_THAT(OfOne(name, 0, Object("/f")), ElementsAre("file.metadata /f")) << name;
  }
  EXPECT_THAT(OfOne("truncate", 0, Object("/f")), ElementsAre("file.write /f"));
  EXPECT_THAT(OfOne("inotify_add_watch", 0, Object("/f")), ElementsAre("file.read /f"));
}

TEST(MeaningTest, Rename) {
  EXPECT_THAT(OfTwo("rename", 0, Object("/a"), Fresh("/b")), ElementsAre("file.remove /a", "file.create /b"));
  EXPECT_THAT(OfTwo("rename", 0, Object("/a"), Object("/b")), ElementsAre("file.remove /a", "file.create /b"))
      << "what is replaced is one question";
  EXPECT_THAT(OfTwo("rename", 0, Object("/a"), Object("/b", S_IFLNK)),
              ElementsAre("file.remove /a", "file.create /b and below"))
      << "with all names that the link had";
  EXPECT_THAT(OfTwo("rename", 0, Object("/a", S_IFLNK), Object("/b")),
              ElementsAre("file.remove /a and below", "file.create /b and below"));
  EXPECT_THAT(OfTwo("renameat2", RENAME_NOREPLACE, Object("/a"), Fresh("/b")),
              ElementsAre("file.remove /a", "file.create /b"));
  EXPECT_THAT(OfTwo("renameat", 0, Object("/a", S_IFDIR), Fresh("/b")),
              ElementsAre("file.remove /a and below", "file.create /b and below from /a"));
  EXPECT_THAT(OfTwo("renameat2", RENAME_WHITEOUT, Object("/a"), Fresh("/b")), ElementsAre(Concat("errno ", EINVAL)));
  EXPECT_THAT(OfTwo("renameat2", 1u << 31, Object("/a"), Fresh("/b")), ElementsAre(Concat("errno ", EINVAL)));
}

TEST(MeaningTest, ExchangeMovesBothWays) {
  EXPECT_THAT(OfTwo("renameat2", RENAME_EXCHANGE, Object("/a"), Object("/b", S_IFDIR)),
              ElementsAre("file.remove /a", "file.create /b and below", "file.remove /b and below",
                          "file.create /a and below from /b"));
  EXPECT_THAT(OfTwo("renameat2", RENAME_EXCHANGE, Object("/a"), Object("/b")),
              ElementsAre("file.remove /a", "file.create /b", "file.remove /b", "file.create /a"));
}

TEST(MeaningTest, ALinkNeedsTheRightToWriteWhereItLeads) {
  EXPECT_THAT(OfTwo("link", 0, Object("/secret"), Fresh("/b")), ElementsAre("file.write /secret", "file.create /b"));
  EXPECT_THAT(OfTwo("linkat", 0, Object("/secret"), Fresh("/b")), ElementsAre("file.write /secret", "file.create /b"));
  Resolved unnamed = Object("/d/#7 (deleted)");
  unnamed.nameless = true;
  EXPECT_THAT(OfTwo("linkat", 0, std::move(unnamed), Fresh("/b")), ElementsAre("file.create /b"));
}

TEST(MeaningTest, Exec) {
  Call call = CallOf("execve");
  call.argv = {"x", "-c"};
  Target target;
  target.program.file = Object("/usr/bin/script");
  target.program.interpreters = {"/usr/bin/python3"};
  const auto operations = Meaning(call, target);
  ASSERT_TRUE(operations.ok());
  ASSERT_EQ(operations->size(), 1u);
  const auto& exec = std::get<ExecOperation>((*operations)[0]);
  EXPECT_EQ(exec.path, "/usr/bin/script");
  EXPECT_EQ(exec.interpreter, "/usr/bin/python3");
  EXPECT_EQ(exec.asked, "asked0");
  EXPECT_THAT(exec.argv, ElementsAre("x", "-c"));
}

TEST(MeaningTest, EveryLinkOfAChainOfInterpretersIsAStart) {
  Target target;
  target.program.file = Object("/work/script");
  EXPECT_THAT(Say(CallOf("execve"), target), ElementsAre("exec /work/script"));
  target.program.interpreters = {"/work/second", "/work/third", "/usr/bin/python3"};
  const auto operations = Meaning(CallOf("execve"), target);
  ASSERT_TRUE(operations.ok());
  std::vector<std::string> links;
  for (const Operation& operation : *operations) {
    const auto& exec = std::get<ExecOperation>(operation);
    links.push_back(exec.path + " by " + exec.interpreter);
  }
  EXPECT_THAT(links, ElementsAre("/work/script by /work/second", "/work/second by /work/third",
                                 "/work/third by /usr/bin/python3"));
}

TEST(MeaningTest, FilesOfForeignProcessesAreTheirMemory) {
  Call call = CallOf("openat");
  Target target;
  target.names.push_back(Object("/proc/4711/environ"));
  EXPECT_THAT(Say(call, target), ElementsAre("file.read /proc/4711/environ"));
  target.outside_pid = 4711;
  EXPECT_THAT(Say(call, target), ElementsAre("file.read /proc/4711/environ", "process.read-memory pid 4711"));
  // Reached through its magic link: a file that has no name here, and is judged all the same.
  target.names[0].nameless = true;
  EXPECT_THAT(Say(call, target), ElementsAre("process.read-memory pid 4711"));
}

// What ps reads of all there are.
TEST(MeaningTest, WhatEverybodySeesOfAForeignProcessIsALook) {
  for (const char* path : {"/proc/4711", "/proc/4711/stat", "/proc/4711/cmdline"}) {
    Target target;
    target.names.push_back(Object(path));
    target.outside_pid = 4711;
    EXPECT_THAT(Say(CallOf("openat"), target), ElementsAre(Concat("file.read ", path), "process.look pid 4711"));
  }
  for (const char* path : {"/proc/4711/mem", "/proc/4711/fd", "/proc/4711/task/1/stat", "/home/me/x"}) {
    Target target;
    target.names.push_back(Object(path));
    target.outside_pid = 4711;
    EXPECT_THAT(Say(CallOf("openat"), target), ElementsAre(Concat("file.read ", path), "process.read-memory pid 4711"));
  }
}

// ---- the network ----

template <typename T>
std::string BytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}
std::string V4(uint32_t address, uint16_t port, sa_family_t family = AF_INET) {
  sockaddr_in in{};
  in.sin_family = family;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(address);
  return BytesOf(in);
}
std::string Mapped(uint32_t address, uint16_t port) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  in.sin6_addr.s6_addr[10] = in.sin6_addr.s6_addr[11] = 0xff;
  const uint32_t order = htonl(address);
  std::memcpy(&in.sin6_addr.s6_addr[12], &order, sizeof(order));
  return BytesOf(in);
}
std::string UnixBytes(std::string_view path) {
  const sa_family_t family = AF_UNIX;
  return BytesOf(family) + std::string(path);
}

std::vector<std::string> To(std::string_view name, int domain, int type, std::string address,
                            std::string unix_path = "", bool inside = false) {
  Target target;
  target.domain = domain;
  target.type = type;
  Destination destination;
  destination.address = std::move(address);
  destination.unix_path.path = std::move(unix_path);
  destination.made_inside = inside;
  target.destinations.push_back(std::move(destination));
  return Say(CallOf(name), target);
}

TEST(MeaningTest, InternetDestinations) {
  constexpr uint32_t kPublic = 0xc0000207;  // 192.0.2.7
  EXPECT_THAT(To("connect", AF_INET, SOCK_STREAM, V4(kPublic, 443)), ElementsAre("net.connect 192.0.2.7:443"));
  EXPECT_THAT(To("connect", AF_INET6, SOCK_STREAM, Mapped(kPublic, 443)), ElementsAre("net.connect 192.0.2.7:443"));
  EXPECT_THAT(To("bind", AF_INET, SOCK_STREAM, V4(kPublic, 80)), ElementsAre("net.bind 192.0.2.7:80"));
  EXPECT_THAT(To("bind", AF_INET, SOCK_STREAM, V4(0, 80)), ElementsAre("net.bind 0.0.0.0:80"))
      << "every interface, and not the loopback that one dials by it";
  EXPECT_THAT(To("connect", AF_INET, SOCK_STREAM, V4(0, 80)), ElementsAre("net.connect 127.0.0.1:80"));
  for (const char* name : {"sendto", "sendmsg", "sendmmsg"}) {
    EXPECT_THAT(To(name, AF_INET, SOCK_DGRAM, V4(kPublic, 53)), ElementsAre("net.send 192.0.2.7:53")) << name;
    EXPECT_THAT(To(name, AF_INET6, SOCK_DGRAM, Mapped(kPublic, 53)), ElementsAre("net.send 192.0.2.7:53")) << name;
    EXPECT_THAT(To(name, AF_INET, SOCK_DGRAM, ""), IsEmpty()) << "where it is connected to was judged before";
  }
  EXPECT_THAT(To("listen", AF_INET, SOCK_STREAM, V4(0, 0)), ElementsAre("net.listen 0.0.0.0:0"));
  EXPECT_THAT(To("bind", AF_INET6, SOCK_STREAM, Mapped(0x7f000001, 80)), ElementsAre("net.bind 127.0.0.1:80"));
  EXPECT_THAT(To("bind", AF_INET6, SOCK_STREAM, Mapped(0, 80)), ElementsAre("net.bind 0.0.0.0:80"));
  EXPECT_THAT(To("connect", AF_INET6, SOCK_STREAM, Mapped(0, 80)), ElementsAre("net.connect 127.0.0.1:80"));
  EXPECT_THAT(To("listen", AF_INET, SOCK_STREAM, ""), IsEmpty()) << "bound, and judged then";
}

TEST(MeaningTest, TransportFollowsTheSocket) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    Target target;
    target.domain = AF_INET;
    target.type = type;
    target.destinations.push_back({.address = V4(1, 2)});
    const auto operations = Meaning(CallOf("connect"), target);
    ASSERT_TRUE(operations.ok());
    EXPECT_EQ(std::get<NetOperation>((*operations)[0]).transport,
              type == SOCK_DGRAM ? Transport::kUdp : Transport::kTcp);
  }
}

TEST(MeaningTest, SendFlagsThatNobodyKnowsAreRefused) {
  for (const char* name : {"sendto", "sendmsg", "sendmmsg"}) {
    Call call = CallOf(name);
    Target target;
    call.message_flags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE | MSG_EOR | MSG_OOB | MSG_CONFIRM | MSG_DONTROUTE | MSG_ZEROCOPY;
    EXPECT_TRUE(Meaning(call, target).ok()) << name;
    for (const uint32_t flag : {uint32_t{MSG_FASTOPEN}, uint32_t{MSG_PROXY}, uint32_t{0x8000000}, uint32_t{0x80000000}}) {
      call.message_flags = flag;
      EXPECT_EQ(ErrnoOf(Meaning(call, target).status()), EINVAL) << name << " " << flag;
    }
  }
}

// AF_UNSPEC dissolves a connection. Everywhere else the kernel takes it for AF_INET: udp_sendmsg() sends to the address
// that stands in it, and inet_bind() binds to 0.0.0.0.
TEST(MeaningTest, UnspecifiedFamilyIsForConnectAlone) {
  const std::string refused = Concat("errno ", EAFNOSUPPORT);
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    EXPECT_THAT(To("connect", AF_INET, type, V4(0xc0000207, 53, AF_UNSPEC)), IsEmpty());
    EXPECT_THAT(To("bind", AF_INET, type, V4(0, 8080, AF_UNSPEC)), ElementsAre(refused));
    for (const char* name : {"sendto", "sendmsg", "sendmmsg"}) {
      EXPECT_THAT(To(name, AF_INET, type, V4(0xc0000207, 53, AF_UNSPEC)), ElementsAre(refused)) << name;
    }
  }
}

TEST(MeaningTest, UnixDestinations) {
  EXPECT_THAT(To("connect", AF_UNIX, SOCK_STREAM, UnixBytes("x.sock"), "/run/x.sock"),
              ElementsAre("unix.connect /run/x.sock"));
  EXPECT_THAT(To("sendmsg", AF_UNIX, SOCK_DGRAM, UnixBytes("/dev/log"), "/run/log"), ElementsAre("unix.send /run/log"));
  EXPECT_THAT(To("bind", AF_UNIX, SOCK_STREAM, UnixBytes("x.sock"), "/work/x.sock"),
              ElementsAre("unix.bind /work/x.sock"));
  EXPECT_THAT(To("connect", AF_UNIX, SOCK_STREAM, UnixBytes(std::string("\0bus", 4))),
              ElementsAre("unix.connect @bus"));
  EXPECT_THAT(To("bind", AF_UNIX, SOCK_STREAM, UnixBytes("")), IsEmpty()) << "a name that the kernel chooses";
}

TEST(MeaningTest, WhatTheSandboxMadeIsSaid) {
  Target target;
  target.domain = AF_INET;
  target.type = SOCK_STREAM;
  target.destinations.push_back({.address = V4(0x7f000001, 3000), .made_inside = true});
  EXPECT_TRUE(std::get<NetOperation>((*Meaning(CallOf("connect"), target))[0]).made_inside);
  target.destinations[0].made_inside = false;
  EXPECT_FALSE(std::get<NetOperation>((*Meaning(CallOf("connect"), target))[0]).made_inside);
}

TEST(MeaningTest, EveryMessageIsJudged) {
  Target target;
  target.domain = AF_INET;
  target.type = SOCK_DGRAM;
  for (const uint32_t host : {0x7f000001u, 0xc0000207u}) target.destinations.push_back({.address = V4(host, 53)});
  EXPECT_THAT(Say(CallOf("sendmmsg"), target), ElementsAre("net.send 127.0.0.1:53", "net.send 192.0.2.7:53"));
}

TEST(MeaningTest, AddressesOfOtherFamiliesAreRefused) {
  const std::string refused = Concat("errno ", EAFNOSUPPORT);
  EXPECT_THAT(To("connect", AF_UNIX, SOCK_STREAM, V4(0x7f000001, 80)), ElementsAre(refused));
  sockaddr_nl netlink{};
  netlink.nl_family = AF_NETLINK;
  EXPECT_THAT(To("bind", AF_NETLINK, SOCK_RAW, BytesOf(netlink)), IsEmpty());
  EXPECT_THAT(To("sendto", AF_INET, SOCK_DGRAM, BytesOf(netlink)), ElementsAre(refused));
  EXPECT_THAT(To("connect", AF_INET, SOCK_DGRAM, BytesOf(sa_family_t{AF_VSOCK})), ElementsAre(refused));
  EXPECT_THAT(To("connect", AF_INET, SOCK_STREAM, "\x02"), ElementsAre(Concat("errno ", EINVAL)));
}

TEST(MeaningTest, NewSockets) {
  const struct {
    int family, type, protocol, error;
  } cases[] = {
      {AF_INET, SOCK_STREAM, 0, 0},
      {AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP, 0},
      {AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0},
      {AF_INET, SOCK_DGRAM, IPPROTO_ICMP, EPROTONOSUPPORT},
      {AF_INET, SOCK_RAW, IPPROTO_TCP, EPERM},
      {AF_INET6, SOCK_STREAM, IPPROTO_SCTP, EPROTONOSUPPORT},
      {AF_INET, SOCK_STREAM, 262 /* MPTCP */, EPROTONOSUPPORT},
      {AF_INET, SOCK_SEQPACKET, 0, EPROTONOSUPPORT},
      {AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE, 0},
      {AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE, 0},
      {AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, EPROTONOSUPPORT},
      {AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE, EPROTONOSUPPORT},
  };
  for (const auto& c : cases) {
    Call call = CallOf("socket");
    call.family = c.family;
    call.type = c.type;
    call.protocol = c.protocol;
    const auto operations = Meaning(call, Target());
    EXPECT_EQ(ErrnoOf(operations.status()), c.error) << c.family << " " << c.type << " " << c.protocol;
    if (operations.ok()) {
      EXPECT_THAT(*operations, IsEmpty());
    }
  }
}

// ---- processes ----

TEST(MeaningTest, ProcessCalls) {
  const struct {
    const char* name;
    const char* said;
  } cases[] = {
      {"kill", "process.signal pid 7"},
      {"tkill", "process.signal pid 7"},
      {"tgkill", "process.signal pid 7"},
      {"rt_sigqueueinfo", "process.signal pid 7"},
      {"pidfd_open", "process.signal pid 7"},
      {"pidfd_send_signal", "process.signal pid 7"},
      {"fcntl", "process.signal pid 7"},
      {"ptrace", "process.trace pid 7"},
      {"process_vm_readv", "process.read-memory pid 7"},
      {"process_vm_writev", "process.read-memory pid 7"},
      {"kcmp", "process.read-memory pid 7"},
      {"prlimit64", "process.adjust pid 7"},
      {"setpriority", "process.adjust pid 7"},
      {"sched_setaffinity", "process.adjust pid 7"},
  };
  for (const auto& c : cases) {
    Call call = CallOf(c.name);
    call.pids = {7};
    for (const bool inside : {false, true}) {
      Target target;
      target.process_id = 7;
      target.inside = inside;
      EXPECT_THAT(Say(call, target), ElementsAre(c.said));
      EXPECT_EQ(std::get<ProcessOperation>((*Meaning(call, target))[0]).inside, inside) << c.name;
    }
  }
}

TEST(MeaningTest, EveryRowThatIsContinuedHasSomethingToJudge) {
  for (const Row& row : Table()) {
    if (row.allow_by != AllowBy::kContinue || row.name == "socket") continue;
    EXPECT_THAT(Say(CallOf(row.name), Target()), ::testing::SizeIs(1)) << row.name;
  }
}

TEST(MeaningTest, ARowThatIsNotMediatedHasNoMeaning) {
  EXPECT_THAT(Say(CallOf("read"), Target()), ElementsAre(Concat("errno ", ENOSYS)));
}

}  // namespace
}  // namespace usher
